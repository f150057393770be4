"""What of one room's figures the goals ask for: medians of the rounds, ratios within each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from statistics import median

from bench.goals import Reached
from bench.report import FEW, Round, inverse, of, ratio, slope_of

Value = Callable[[Round, str], float | None]
FLOOR, FASTAPI, TUTORIAL, PRODUCT = "floor", "FastAPI list", "Channels tutorial", "product"


def reached(rounds: Sequence[Round], sockets: int, few: int = FEW) -> Iterator[Reached]:
    """Only with everybody beside it: a ratio needs two."""
    if not {FLOOR, FASTAPI, TUTORIAL, PRODUCT} <= set(rounds[0]):
        return

    def middle(value: Value, name: str = PRODUCT) -> float:
        return median(found for figures in rounds if (found := value(figures, name)) is not None)

    def beside(value: Value, shape: str) -> dict[str, str]:
        fastapi, tutorial = (format(middle(value, name), shape) for name in (FASTAPI, TUTORIAL))
        return {"floor": format(middle(value, FLOOR), shape), "peers": f"FastAPI {fastapi}, tutorial {tutorial}"}

    slope = slope_of(few, sockets)
    more, to_floor, to_fastapi = (middle(value) for value in (slope, shared(slope, FLOOR), shared(slope, FASTAPI)))
    figure = f"{more:.1f} µs; {to_floor:.1f} × floor; {to_fastapi:.2f} × FastAPI"
    is_met = more <= 6 and to_floor <= 1.7 and to_fastapi <= 0.9
    yield Reached(key="viewer", figure=figure, is_met=is_met, **beside(slope, ".1f"))

    one = of("one", "cpu_us")
    cost, times, better = middle(one), middle(ratio(FLOOR)), middle(inverse(TUTORIAL, "one"))
    figure = f"{cost:.1f} µs; {times:.1f} × floor; {better:.1f} × better than the tutorial"
    is_met = cost <= 11 and times <= 3 and better >= 12
    yield Reached(key="delivery", figure=figure, is_met=is_met, **beside(one, ".1f"))

    eight, pace = of("eight", "cpu_us"), of("eight", "deliveries_per_s")
    cost, rate = middle(eight), middle(pace)
    figure, is_met = f"{cost:.1f} µs; {rate:,.0f}/s", cost <= 6 and rate >= 120_000
    yield Reached(key="joined", figure=figure, is_met=is_met, **beside(pace, ",.0f"))

    late, latest = of("paced", "latency_p50_ms"), of("paced", "latency_p99_ms")
    figure, is_met = f"p50 {middle(late):.1f}, p99 {middle(latest):.1f} ms", middle(late) <= 12 and middle(latest) <= 30
    yield Reached(key="seen", figure=figure, is_met=is_met, **beside(latest, ".1f"))

    idle = of("idle", "idle_kb")
    yield Reached(key="idle", figure=f"{middle(idle):.0f} KB", is_met=middle(idle) <= 30, **beside(idle, ".0f"))


def shared(value: Value, to: str) -> Value:
    """How many times what the other has."""

    def times(figures: Round, name: str) -> float | None:
        ours, theirs = value(figures, name), value(figures, to)
        return ours / theirs if ours is not None and theirs else None

    return times
