"""Out of a trace of Chromium: how long JavaScript ran in each frame of the page."""

from __future__ import annotations

import json
import statistics
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

FRAME_US = 1_000_000 / 60
SCRIPT = {"FunctionCall", "EvaluateScript", "v8.callFunction", "FireAnimationFrame", "TimerFire", "RunMicrotasks"}


@dataclass(frozen=True, slots=True)
class Scripting:
    """Milliseconds in frames in which any script ran. Processor time of the page's thread: others do not count."""

    busy: int
    median: float
    p95: float
    worst: float


def scripting_per_frame(trace: bytes) -> Scripting:
    spans = outermost(script_of(json.loads(trace)["traceEvents"]))
    each = Counter[int]()
    for span in spans:
        each[int(span["ts"] // FRAME_US)] += span.get("tdur", span["dur"])
    milliseconds = sorted(time / 1000 for time in each.values())
    assert milliseconds, "the trace has no scripts in it"
    p95 = milliseconds[int(len(milliseconds) * 0.95)]
    return Scripting(len(milliseconds), statistics.median(milliseconds), p95, milliseconds[-1])


def script_of(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of the thread that runs most of it: the page's. Garbage is collected on others too."""
    found = [event for event in events if event["ph"] == "X" and event["name"] in SCRIPT]
    threads = Counter((event["pid"], event["tid"]) for event in found)
    (main, _), *_ = threads.most_common(1)
    return [event for event in found if (event["pid"], event["tid"]) == main]


def outermost(events: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    end = 0
    for event in sorted(events, key=lambda event: (event["ts"], -event["dur"])):
        if event["ts"] >= end:
            end = event["ts"] + event["dur"]
            yield event
