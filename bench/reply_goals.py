"""What of the replies' figures the goals ask for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bench.goals import Reached
from bench.reply_report import (
    DIRECT,
    LIMITS,
    PEER,
    PRODUCT,
    WRITES,
    Round,
    Row,
    Weight,
    cpu_share,
    figure,
    of,
    steady_share,
)
from bench.reply_scenes import FIRST, FIRST_CROWD, HUNDRED, TEN, Size

ADDED = {"first 1": (FIRST, 10), "first 200": (FIRST_CROWD, 20)}  # ms


def reached(size: Size, rounds: Sequence[Round]) -> Iterator[Reached]:
    """Only of scenes that were measured; the floors show nothing to anybody, or say nothing."""

    def value(scene: str, what: Row, name: str = PRODUCT) -> float:
        return of(rounds, name, what, next(one for one in size.scenes if one.name == scene))

    measured = {scene for found in rounds for scene in found.get(PRODUCT, {})}
    for key, (scene, limit) in ADDED.items():
        if scene in measured:
            first = Row("", scene, figure("first_p50_ms"), "ms")
            whole, bare = value(scene, first), value(scene, first, DIRECT)
            peer = f"whole text again {value(scene, first, PEER) - bare:+.0f} ms"
            yield Reached(
                key=key, figure=f"{whole - bare:+.1f} ms", floor="0", peers=peer, is_met=whole - bare <= limit
            )
    lag = "lag_p99_ms"
    if TEN in measured:
        whole, steady, age = (Row("", TEN, what, "") for what in (cpu_share, steady_share, figure(lag)))
        core, late = value(TEN, steady), value(TEN, age)
        writes, bare_client = value(TEN, whole, WRITES), value(TEN, steady, DIRECT)
        told = (
            f"{core:.1f} % of a core ({value(TEN, whole):.1f} % with their beginnings and ends), "
            f"{core / writes:.1f} × the writes alone, p99 {late:.0f} ms"
        )
        bare = f"the writes alone {writes:.1f} %, a bare client {bare_client:.1f} %"
        peer = f"whole text again {value(TEN, steady, PEER):.0f} %"
        yield Reached(key="replies", figure=told, floor=bare, peers=peer, is_met=core <= 5 and late <= 60)
    if HUNDRED in measured:
        pace, age = Row("", HUNDRED, figure("slowest"), "×"), Row("", HUNDRED, figure(lag), "ms")
        slowest, late = value(HUNDRED, pace), value(HUNDRED, age)
        told, bare = (
            f"the slowest {slowest:.3f} × its provider, p99 {late:.0f} ms",
            f"p99 {value(HUNDRED, age, DIRECT):.0f} ms",
        )
        yield Reached(key="hundred", figure=told, floor=bare, is_met=slowest <= 1.01 and late <= 150)


def carried(weights: Mapping[int, Weight]) -> Iterator[Reached]:
    for pace, weight in weights.items():
        ours, theirs = (float(side) / weight.html for side in (weight.ours["html_bytes"], weight.theirs["json_bytes"]))
        peer = f"whole text again {theirs:.0f}"
        yield Reached(key=f"bytes {pace}", figure=f"{ours:.1f}", floor="1", peers=peer, is_met=ours <= LIMITS[pace])
