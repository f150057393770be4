"""Figures of replies as a Markdown table beside their goals: medians over the rounds."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from statistics import median

from bench import command
from bench.reply_scenes import FIRST, FIRST_CROWD, HUNDRED, ONE, ONE_CROWD, TEN, Scene, Size
from bench.wsload import Figures
from tests.site import Site

SERVERS = ("product", "product, Redis", "read directly", "writes alone", "whole text again")
PRODUCT, WITH_REDIS, DIRECT, WRITES, PEER = SERVERS
FLOORS = (DIRECT, WRITES)
Round = dict[str, dict[str, Figures]]
Value = Callable[[Figures, Scene], float]

LIMITS = {50: 12, 180: 6, 1000: 3}  # bytes of a reply, as a multiple of its final HTML


@dataclass(frozen=True, slots=True)
class Weight:
    """A long reply: what a viewer received, here and from the peer, and how long its text and its HTML are."""

    ours: Figures
    theirs: Figures
    text: int
    html: int


@dataclass(frozen=True, slots=True)
class Row:
    """``limit`` is for the product. ``is_added``: what reading directly takes is not ours."""

    what: str
    scene: str
    value: Value
    unit: str
    limit: float | None = None
    is_added: bool = False


def figure(name: str) -> Value:
    return lambda figures, _: float(figures.get(name, "nan"))


def cpu_share(figures: Figures, scene: Scene) -> float:
    """Of one core, while it was written."""
    return 100 * float(figures["cpu_s"]) / float(figures["seconds"])


def steady_share(figures: Figures, scene: Scene) -> float:
    """The same while all of them were written: without their beginnings and ends, which count for more the shorter a
    reply is."""
    seconds = float(figures.get("steady_s", 0))
    return 100 * float(figures["steady_cpu_s"]) / seconds if seconds else float("nan")


def cpu_each(figures: Figures, scene: Scene) -> float:
    """Microseconds a token and viewer; a bare client is its own viewer."""
    watching = scene.viewers // scene.rooms if "deliveries" in figures else 1
    return 1e6 * float(figures["cpu_s"]) / (scene.replies * scene.tokens * watching)


def rows(size: Size) -> tuple[Row, ...]:
    crowd, many = size.crowd, f"{size.replies} replies × 50/s × {size.crowd}"
    return (
        Row("first token after the question, 1 viewer, p50", FIRST, figure("first_p50_ms"), "ms", 10, is_added=True),
        Row("the same, p99", FIRST, figure("first_p99_ms"), "ms"),
        Row(f"the same, {crowd} viewers, p50", FIRST_CROWD, figure("first_p50_ms"), "ms", 20, is_added=True),
        Row("the same, p99", FIRST_CROWD, figure("first_p99_ms"), "ms"),
        Row("first token's age when it is shown, 1 viewer, p50", FIRST, figure("first_lag_p50_ms"), "ms"),
        Row(f"the same, {crowd} viewers, p50", FIRST_CROWD, figure("first_lag_p50_ms"), "ms"),
        Row("a token's age when it is shown, 1 reply, 1 viewer, p50", ONE, figure("lag_p50_ms"), "ms"),
        Row("the same, p99", ONE, figure("lag_p99_ms"), "ms"),
        Row(f"the same, {crowd} viewers, p50", ONE_CROWD, figure("lag_p50_ms"), "ms"),
        Row("the same, p99", ONE_CROWD, figure("lag_p99_ms"), "ms"),
        Row(f"{many}: of a core", TEN, cpu_share, "%", 5),
        Row("the same: while all of them are written", TEN, steady_share, "%", 5),
        Row("the same: CPU a token and viewer", TEN, cpu_each, "µs"),
        Row("the same: a token's age, p50", TEN, figure("lag_p50_ms"), "ms"),
        Row("the same: a token's age, p99", TEN, figure("lag_p99_ms"), "ms", 60),
        Row("1 reply: CPU a token, 1 viewer", ONE, cpu_each, "µs"),
        Row(f"1 reply: CPU a token and viewer, {crowd} viewers", ONE_CROWD, cpu_each, "µs"),
        Row(f"{size.at_once} replies at once: the slowest, × its provider", HUNDRED, figure("slowest"), "×", 1.01),
        Row("the same: a token's age, p99", HUNDRED, figure("lag_p99_ms"), "ms", 150),
        Row("the same: of a core", HUNDRED, cpu_share, "%"),
    )


def table(size: Size, rounds: Sequence[Round]) -> str:
    scenes = {scene.name: scene for scene in size.scenes}
    lines = [told(rounds, row, scenes[row.scene]) for row in rows(size) if any_has(rounds, row)]
    return f"{laid_out(lines)}\n\n{losses(rounds)}\n"


def weights(found: Mapping[int, Weight]) -> str:
    return laid_out([carried(pace, weight) for pace, weight in found.items()])


def laid_out(lines: Sequence[Sequence[str]]) -> str:
    head = ["what", "goal", *SERVERS, "product ÷ peer", ""]
    return command.table(head, lines)


def any_has(rounds: Sequence[Round], row: Row) -> bool:
    return any(row.scene in runs for found in rounds for runs in found.values())


def told(rounds: Sequence[Round], row: Row, scene: Scene) -> list[str]:
    values = {name: of(rounds, name, row, scene) for name in SERVERS}
    ours, peer = values[PRODUCT], values[PEER]
    if row.is_added:
        ours -= values[DIRECT]
    ratio = values[PRODUCT] / values[PEER] if peer else float("nan")
    added = f" (+{ours:.1f})" if row.is_added and ours == ours else ""
    goal = "" if row.limit is None else f"{'+' if row.is_added else ''}≤ {row.limit:g} {row.unit}"
    shown = [number(values[name], row.unit) + (added if name == PRODUCT else "") for name in SERVERS]
    return [row.what, goal, *shown, number(ratio, "×"), verdict(ours, row.limit)]


def of(rounds: Sequence[Round], name: str, row: Row, scene: Scene) -> float:
    """The median of the rounds; not a number where it was not measured."""
    found = [runs[name][row.scene] for runs in rounds if row.scene in runs.get(name, {})]
    return median(row.value(figures, scene) for figures in found) if found else float("nan")


def carried(pace: int, weight: Weight) -> list[str]:
    ours = float(weight.ours["html_bytes"]) / weight.html
    plain = float(weight.ours["json_bytes"]) / weight.text
    theirs = float(weight.theirs["json_bytes"]) / weight.html
    lost = " (broke off)" if weight.ours["failed"] else ""
    what = f"bytes of a reply of {weight.text / 1000:.0f} KB at {pace}/s ÷ its HTML ({weight.html / 1000:.0f} KB){lost}"
    of = {PRODUCT: f"{ours:.1f} × (JSON: {plain:.1f} × its text)", PEER: f"{theirs:.0f} ×"}
    shown = [of.get(name, "") for name in SERVERS]
    return [what, f"≤ {LIMITS[pace]} ×", *shown, f"{ours / theirs:.3f} ×", verdict(ours, LIMITS[pace])]


def number(value: float, unit: str) -> str:
    if value != value:
        return "–"
    return f"{value:.2f} {unit}" if value < 10 else f"{value:.0f} {unit}"


def verdict(value: float, limit: float | None) -> str:
    if limit is None or value != value:
        return ""
    return command.VERDICTS[value <= limit]


def losses(rounds: Sequence[Round]) -> str:
    """What did not arrive would make every other figure look good."""
    runs = [figures for found in rounds for name in found if name not in FLOORS for figures in found[name].values()]
    missing, joined, failed = ([int(figures[name]) for figures in runs] for name in ("lost", "joined", "failed"))
    lost, again = sum(max(0, count) for count in missing), sum(max(0, -count) for count in missing)
    told = f"Tokens lost: {lost}; shown with all before them: {sum(joined)}"
    return f"{told}; written again, in a further attempt: {again}. Replies failed: {sum(failed)}."


def lengths(site: Site, slug: str) -> tuple[int, int]:
    """Bytes of the text and of the HTML of the longest reply in a room."""
    query = """SELECT length(CAST(message.text AS BLOB)), length(CAST(message.html AS BLOB)) FROM chat_message message
        JOIN chat_room room ON room.id = message.room_id WHERE room.slug = ? ORDER BY 1 DESC LIMIT 1"""
    with closing(sqlite3.connect(site.directory / "db.sqlite3")) as connection:
        text, html = connection.execute(query, [slug]).fetchone()
        return int(text), int(html)
