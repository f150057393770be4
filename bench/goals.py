"""What the product is to reach, in one place. A measurement says with `note` what it found; `bench.everything` shows it
beside the floor and the peers."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from bench import command

FILE = "BENCH_GOALS"  # names the file that is noted in; without it, nothing is


@dataclass(frozen=True, slots=True)
class Goal:
    """``shown_by``: what shows it, if no measurement notes it."""

    key: str
    what: str
    goal: str
    shown_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    key: str
    figure: str
    floor: str = ""
    peers: str = ""
    is_met: bool | None = None


GOALS = (
    Goal("viewer", "CPU of one more viewer of a room (50 to 500)", "≤ 6 µs; ≤ 1.7 × floor; ≤ 0.9 × FastAPI"),
    Goal("delivery", "CPU a delivery, 500 in a room", "≤ 11 µs; ≤ 3 × floor; ≥ 12 × better than the tutorial"),
    Goal("joined", "the same, 8 messages in flight", "≤ 6 µs; ≥ 120,000 deliveries/s"),
    Goal("seen", "post → seen by all of 500, at 5 posts/s", "p50 ≤ 12 ms, p99 ≤ 30 ms"),
    Goal("seen slow", "the same, while queries of 250 ms run", "p99 ≤ 35 ms"),
    Goal("replies", "10 replies × 50 tokens/s × 200 viewers", "≤ 5 % of a core, p99 ≤ 60 ms"),
    Goal("bytes 50", "bytes per viewer of a 60 KB reply ÷ its HTML, 50 tokens/s", "≤ 12"),
    Goal("bytes 180", "the same, 180 tokens/s", "≤ 6"),
    Goal("bytes 1000", "the same, 1000 tokens/s", "≤ 3"),
    Goal("first 1", "first token, added to the provider's own, 1 viewer, p50", "≤ 10 ms"),
    Goal("first 200", "the same, 200 viewers", "≤ 20 ms"),
    Goal(
        "hundred",
        "100 replies at once, 50 tokens/s each, one process",
        "none slower than its provider (≤ 1.01 ×), lag p99 ≤ 150 ms",
    ),
    Goal("reconnect", "1000 signed-in reconnects at once, each with a sync", "≤ 2 s, none refused, ≤ 1.5 ms CPU each"),
    Goal("idle", "memory of an idle signed-in socket", "≤ 30 KB"),
    Goal("crowd", "memory of a process with 5,000 of them", "≤ 250 MB"),
    Goal(
        "dead reader",
        "one reader that stops reading",
        "no effect on others, ≤ 1 MB",
        "`tests/chaos/test_dead_reader.py`",
    ),
    Goal(
        "long rooms", "room page, history, sync at 100 and at 1,000,000 messages", "≤ 12 queries, the same time ± 20 %"
    ),
    Goal("posts", "posts stored and announced, one process", "≥ 400/s on SQLite"),
    Goal("posts pg", "the same on PostgreSQL", "≥ 600/s"),
    Goal("hostile", "any 32 KB of hostile Markdown", "≤ 100 ms"),
    Goal("faults", "Redis, PostgreSQL, a process: gone under load", "nothing missed 3 s after", "docs/reliability.md"),
)


def note(reached: Iterable[Reached]) -> None:
    if file := os.environ.get(FILE):
        with Path(file).open("a") as lines:
            lines.writelines(json.dumps(asdict(one)) + "\n" for one in reached)


def table(noted: Iterable[Reached]) -> str:
    found = {one.key: one for one in noted}
    head = ["what", "goal", "product", "floor", "peers", ""]
    return command.table(head, (_row(goal, found.get(goal.key)) for goal in GOALS))


def _row(goal: Goal, reached: Reached | None) -> list[str]:
    if reached is None:
        return [goal.what, goal.goal, f"see {goal.shown_by}" if goal.shown_by else "not measured", "", "", ""]
    return [goal.what, goal.goal, reached.figure, reached.floor, reached.peers, command.VERDICTS[reached.is_met]]
