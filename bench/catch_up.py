"""Everybody reconnects at once, signed in, each with a `sync`: `python -m bench.catch_up [--people N] [--smoke]`.

As after a restart of the server. Nobody may be refused; what counts is when the last one is up to date.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from statistics import median

from bench import wsload
from bench.command import options_of, row, say, table
from bench.goals import Reached, note
from bench.servers import Place, Target, place_of, populate, product
from bench.wsload import Figures

SERVERS = {"product": product, "product, Redis": partial(product, has_redis=True)}
SYNCED = '{"type":"synced"'
COLUMNS = ["server", "missed", "up to date", "refused or lost", "seconds for all", "p50 ms", "p99 ms", "CPU ms each"]


def main() -> None:
    parser = options_of(__doc__)
    parser.add_argument("--people", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    people, rounds = (30, 1) if options.smoke else (options.people, options.rounds)
    missed_ten: list[Figures] = []
    wsload.build()
    with tempfile.TemporaryDirectory(prefix="chat-bench-") as directory, place_of(Path(directory)) as place:
        say(f"making {people} people")
        populate(place, people)
        print(table(COLUMNS))
        for _ in range(rounds):
            for name, start in SERVERS.items():
                with start(place, dialect="html") as target:
                    target.load("-n", 20, "-m", 20)
                    for missed in (0, 10):
                        figures = reconnect(place, target, people, missed)
                        print(row_of(name, missed, figures), flush=True)
                        if missed and name == "product":
                            missed_ten.append(figures)
    note([reached(missed_ten)])


def reached(runs: Sequence[Figures]) -> Reached:
    seconds = median(run["connecting_s"] for run in runs)
    each = median(run["connect_cpu_us"] for run in runs) / 1000
    gone = sum(run["refused"] + run["dead"] for run in runs)
    figure = f"{seconds:.2f} s, {gone} refused or lost, {each:.2f} ms CPU each"
    return Reached(key="reconnect", figure=figure, is_met=seconds <= 2 and not gone and each <= 1.5)


def reconnect(place: Place, target: Target, people: int, missed: int) -> Figures:
    sync = f'{{"type":"sync","since":{revision(place) - missed}}}'
    return target.load("-n", people, "-c", people, "-m", 0, "-u", 0, "-O", sync, "-A", SYNCED)


def revision(place: Place) -> int:
    """Where the room stands."""
    with closing(sqlite3.connect(place.directory / "site" / "db.sqlite3")) as connection:
        found: int = connection.execute("SELECT revision FROM chat_room WHERE slug = 'general'").fetchone()[0]
        return found


def row_of(name: str, missed: int, figures: Figures) -> str:
    gone = figures["refused"] + figures["dead"]
    cells = [
        *(name, str(missed), str(figures["answered"]), str(gone), f"{figures['connecting_s']:.2f}"),
        *(f"{figures['answer_p50_ms']:.0f}", f"{figures['answer_p99_ms']:.0f}"),
        f"{figures['connect_cpu_us'] / 1000:.2f}",
    ]
    return row(cells)


if __name__ == "__main__":
    main()
