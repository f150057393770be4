"""A process that 5,000 signed-in people look at: `python -m bench.crowd [--people N] [--smoke]`.

They are here, and nobody speaks; then somebody does, to see that all of them hear it.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench import wsload
from bench.command import options_of, say, table
from bench.goals import Reached, note
from bench.servers import place_of, populate, product
from bench.wsload import Figures

POSTS = 3
LIMIT_MB = 250
COLUMNS = [
    "sockets",
    "refused or lost",
    "memory of the process, MB",
    "KB a socket",
    "connect, CPU ms",
    "idle, CPU %",
    "lost",
]


def main() -> None:
    parser = options_of(__doc__)
    parser.add_argument("--people", type=int, default=5000)
    options = parser.parse_args()
    people, idle = (30, 1) if options.smoke else (options.people, 10)
    wsload.build()
    with tempfile.TemporaryDirectory(prefix="chat-bench-") as directory, place_of(Path(directory)) as place:
        say(f"making {people} people")
        populate(place, people)
        with product(place) as target:
            figures = target.load("-n", people, "-c", 100, "-u", 0, "-m", POSTS, "-i", idle)
    print(table(COLUMNS, [row_of(figures, idle)]))
    if not options.smoke:
        note([reached(figures)])


def megabytes(figures: Figures) -> float:
    """Of the whole process, with everybody there: as the kernel counts, in its kilobytes of 1,024."""
    return float(figures["kb"]) * 1024 / 1e6


def reached(figures: Figures) -> Reached:
    gone = figures["refused"] + figures["dead"] + figures["lost"]
    figure = f"{megabytes(figures):.0f} MB with {figures['opened']:,}"
    return Reached(key="crowd", figure=figure, is_met=megabytes(figures) <= LIMIT_MB and not gone)


def row_of(figures: Figures, idle: float) -> list[str]:
    gone = figures["refused"] + figures["dead"]
    return [
        *(f"{figures['opened']:,}", str(gone), f"{megabytes(figures):.0f}", f"{figures['idle_kb']:.1f}"),
        *(f"{figures['connect_cpu_us'] / 1000:.2f}", f"{100 * figures['idle_cpu_s'] / idle:.1f}"),
        str(figures["lost"] + figures["doubled"]),
    ]


if __name__ == "__main__":
    main()
