"""The product beside its peers, in one run: `make bench`, or `python -m bench.fanout [--rounds N] [--servers a,b]`.

One room; what one sends goes to all. Rounds are interleaved, because a busy machine moves every figure: the ratios are
taken within a round, and what is printed is the median over the rounds.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

from bench import report, wsload
from bench.servers import Place, Target, fastapi, floor, place_of, populate, product, tutorial
from bench.wsload import Figures

Start = Callable[[Place], AbstractContextManager[Target]]

SERVERS: dict[str, Start] = {
    "floor": floor,
    "FastAPI list": fastapi,
    "Channels tutorial": tutorial,
    "product": product,
    "product, Redis": partial(product, has_redis=True),
    "product, HTML": partial(product, dialect="html"),
}
FEW, IDLE = 50, 1000  # sockets
PACE, PACED_SECONDS = 5, 6
DELIVERIES, SLOW_DELIVERIES = 60_000, 20_000


def main() -> None:
    options = parsed()
    names = [name for name in SERVERS if not options.servers or name in options.servers.split(",")]
    wsload.build()
    rounds: list[dict[str, Figures]] = []
    with tempfile.TemporaryDirectory(prefix="chat-bench-") as directory, place_of(Path(directory)) as place:
        say(f"making {IDLE} people")
        populate(place, IDLE)
        for number in range(options.rounds):
            rounds.append({})
            for name in names:
                with SERVERS[name](place) as target:
                    rounds[-1][name] = measure(name, target, options.sockets)
                say(f"round {number + 1}: {name}: {rounds[-1][name]['one']['cpu_us']:.1f} us a delivery")
    print(report.fanout(rounds, options.sockets))


def measure(name: str, target: Target, sockets: int) -> dict[str, Figures]:
    budget = SLOW_DELIVERIES if "tutorial" in name else DELIVERIES
    count = max(20, budget // sockets)
    figures = {
        "few": target.load("-n", FEW, "-m", count * 3),
        "idle": target.load("-n", IDLE, "-m", 0, "-u", 0, "-i", 2),
        "one": target.load("-n", sockets, "-m", count),
        "eight": target.load("-n", sockets, "-m", count, "-w", 8, "-k", 8),
        "paced": target.load("-n", sockets, "-m", PACE * PACED_SECONDS, "-u", PACE, "-r", PACE, "-k", 8),
    }
    if "product" in name:
        figures["posts"] = target.load("-n", 8, "-m", 1000, "-w", 8, "-k", 8)
    return figures


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sockets", type=int, default=500)
    parser.add_argument("--servers", default="", help=f"some of: {', '.join(SERVERS)}")
    return parser.parse_args()


def say(line: str) -> None:
    print(f"bench: {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
