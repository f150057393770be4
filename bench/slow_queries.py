"""Who waits for somebody else's slow query? `python -m bench.slow_queries [--rounds N] [--smoke]`.

A room of 500 hears five posts a second, each stored, while queries of 250 ms run on the threads by which posts get to
the database (`held.py`): on PostgreSQL eight at a time, of sixteen threads; on SQLite one, for it takes a processor.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import httpx

from bench import wsload
from bench.command import options_of, say, table
from bench.fanout import PACE
from bench.goals import Reached, note
from bench.posts import started
from bench.servers import Place, Target, place_of
from bench.wsload import Figures

AT_ONCE = {"SQLite": 1, "PostgreSQL": 8}
COLUMNS = [
    "database",
    "slow queries at once",
    "each took, ms",
    "p50 ms",
    "p99 ms",
    "the latest",
    "CPU ms a post",
    "lost",
]
HELD = {"DJANGO_SETTINGS_MODULE": "bench.held_settings"}


@dataclass(frozen=True, slots=True)
class Size:
    sockets: int = 500
    seconds: int = 20


@dataclass(slots=True)
class Queries:
    """What took how long."""

    port: int
    took: list[float] = field(default_factory=list)

    def ask_until(self, is_over: threading.Event) -> None:
        with httpx.Client(base_url=f"http://127.0.0.1:{self.port}", trust_env=False, timeout=60) as client:
            while not is_over.is_set():
                self.took.append(float(client.get("/hold").raise_for_status().text))


def main() -> None:
    parser = options_of(__doc__)
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    size, rounds = (Size(12, 1), 1) if options.smoke else (Size(), options.rounds)
    wsload.build()
    found: dict[str, list[Figures]] = {}
    with tempfile.TemporaryDirectory(prefix="chat-bench-") as directory, place_of(Path(directory)) as place:
        Path(directory).chmod(0o711)  # PostgreSQL's account must pass through
        for _ in range(rounds):
            for name in AT_ONCE:
                found.setdefault(name, []).append(measured(place, name, size))
                say(f"{name}: p99 {found[name][-1]['latency_p99_ms']:.1f} ms")
    print(table(COLUMNS, (row_of(name, runs) for name, runs in found.items())))
    note([reached(found)])


def measured(place: Place, name: str, size: Size) -> Figures:
    with started(place, name, size.sockets, HELD) as target, held(target, AT_ONCE[name]) as queries:
        count = PACE * size.seconds
        figures = target.load("-n", size.sockets, "-m", count, "-u", PACE, "-r", PACE, "-k", 8)
        return {**figures, "took_ms": median(queries.took) * 1000}


@contextmanager
def held(target: Target, count: int) -> Iterator[Queries]:
    """So many queries run all the time; they have begun."""
    queries, is_over = Queries(target.port), threading.Event()
    threads = [threading.Thread(target=queries.ask_until, args=(is_over,)) for _ in range(count)]
    with ExitStack() as stack:
        stack.callback(lambda: [thread.join() for thread in threads])
        stack.callback(is_over.set)
        httpx.get(f"http://127.0.0.1:{target.port}/hold", trust_env=False, timeout=60).raise_for_status()
        for thread in threads:
            thread.start()
        yield queries


def reached(found: dict[str, list[Figures]]) -> Reached:
    late = {name: median(run["latency_p99_ms"] for run in runs) for name, runs in found.items()}
    figure = ", ".join(f"{name} p99 {worst:.1f} ms" for name, worst in late.items())
    return Reached(key="seen slow", figure=figure, is_met=max(late.values()) <= 35)


def row_of(name: str, runs: list[Figures]) -> list[str]:
    times = [f"{median(run[f'latency_{which}_ms'] for run in runs):.1f}" for which in ("p50", "p99", "max")]
    cpu = median(run["cpu_us"] * run["deliveries"] / run["messages"] / 1000 for run in runs)
    took = f"{median(run['took_ms'] for run in runs):.0f}"
    lost = sum(run["lost"] + run["doubled"] for run in runs)
    return [name, str(AT_ONCE[name]), took, *times, f"{cpu:.2f}", str(lost)]


if __name__ == "__main__":
    main()
