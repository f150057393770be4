"""The product beside its peers, in one run: `python -m bench.fanout [--rounds N] [--servers a,b] [--smoke]`.

One room; what one sends goes to all. Rounds are interleaved, because a busy machine moves every figure: the ratios are
taken within a round, and what is printed is the median over the rounds.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench import report, wsload
from bench.command import options_of, say
from bench.fanout_goals import reached
from bench.goals import note
from bench.report import FEW
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
PACE = 5


@dataclass(frozen=True, slots=True)
class Size:
    """How many sockets and deliveries: of the tutorial fewer, it takes so long."""

    few: int = FEW
    idle: int = 1000
    paced_seconds: int = 6
    deliveries: int = 60_000
    slow_deliveries: int = 20_000
    least: int = 20
    posts: int = 1000


SMOKE = Size(few=4, idle=20, paced_seconds=1, deliveries=200, slow_deliveries=200, least=8, posts=24)


def main() -> None:
    options = parsed()
    size = SMOKE if options.smoke else Size()
    rounds_wanted, sockets = (1, 12) if options.smoke else (options.rounds, options.sockets)
    names = [name for name in SERVERS if not options.servers or name in options.servers.split(",")]
    wsload.build()
    rounds: list[dict[str, Figures]] = []
    with tempfile.TemporaryDirectory(prefix="chat-bench-") as directory, place_of(Path(directory)) as place:
        say(f"making {size.idle} people")
        populate(place, size.idle)
        for number in range(rounds_wanted):
            rounds.append({})
            for name in names:
                with SERVERS[name](place) as target:
                    rounds[-1][name] = measure(name, target, sockets, size)
                say(f"round {number + 1}: {name}: {rounds[-1][name]['one']['cpu_us']:.1f} us a delivery")
    print(report.fanout(rounds, sockets, size.few))
    note(reached(rounds, sockets, size.few))


def measure(name: str, target: Target, sockets: int, size: Size) -> dict[str, Figures]:
    budget = size.slow_deliveries if "tutorial" in name else size.deliveries
    count = max(size.least, budget // sockets)
    figures = {
        "few": target.load("-n", size.few, "-m", count * 3),
        "idle": target.load("-n", size.idle, "-m", 0, "-u", 0, "-i", 2),
        "one": target.load("-n", sockets, "-m", count),
        "eight": target.load("-n", sockets, "-m", count, "-w", 8, "-k", 8),
        "paced": target.load("-n", sockets, "-m", PACE * size.paced_seconds, "-u", PACE, "-r", PACE, "-k", 8),
    }
    if "product" in name:
        figures["posts"] = target.load("-n", 8, "-m", size.posts, "-w", 8, "-k", 8)
    return figures


def parsed() -> argparse.Namespace:
    parser = options_of(__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sockets", type=int, default=500)
    parser.add_argument("--servers", default="", help=f"some of: {', '.join(SERVERS)}")
    return parser.parse_args()


if __name__ == "__main__":
    main()
