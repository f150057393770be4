"""A reply on its way to its viewers: `python -m bench.replies [--rounds N] [--smoke] [--no-bytes]`.

A model's server of our own keeps the pace and stamps each token; the product shows them in rooms that are watched. In
the same round the same replies are read by a bare client, and sent by a peer that repeats the whole text.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from bench import reply_goals, reply_report, wsload
from bench.command import options_of, say
from bench.goals import note
from bench.reply_scenes import FRAME, FULL, PACES, SMOKE, TEN, Scene, Size
from bench.servers import Place, Target, floor, model, place_of, populate, populated_site, whole_text
from bench.wsload import Figures
from tests.site import Site

ROOMS = "/ws/rooms/bench%d/"
PRODUCT, WITH_REDIS, DIRECT, WRITES, PEER = reply_report.SERVERS
A_SECOND = 20  # writes to each viewer (chat/replies/pulse.py)


def main() -> None:
    options = parsed()
    size = SMOKE if options.smoke else FULL
    wsload.build()
    with (
        tempfile.TemporaryDirectory(prefix="chat-bench-") as directory,
        place_of(Path(directory)) as place,
        model(place) as source,
    ):
        url = f"http://127.0.0.1:{source.port}/v1"
        say(f"making {size.people} people")
        populate(place, size.people, f"furnish({url!r}, {max(size.at_once, len(PACES))}, 5)")
        rounds = [measured(place, url, size, options) for _ in range(1 if options.smoke else options.rounds)]
        print(reply_report.table(size, rounds), flush=True)
        note(reply_goals.reached(size, rounds))
        if options.bytes:
            weights = weigh(place, url, size.characters)
            print(reply_report.weights(weights))
            note(reply_goals.carried(weights))


def parsed() -> argparse.Namespace:
    parser = options_of(__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scenes", default="", help="some of them, by the beginning of their names, with commas")
    parser.add_argument("--servers", default="", help=f"some of: {', '.join(reply_report.SERVERS)}")
    parser.add_argument("--no-bytes", dest="bytes", action="store_false", help="without the long replies (5 min)")
    return parser.parse_args()


def measured(place: Place, url: str, size: Size, options: argparse.Namespace) -> reply_report.Round:
    """One round: every scene, on one server after the other."""
    wanted = options.scenes.split(",")
    scenes = [scene for scene in size.scenes if any(scene.name.startswith(name) for name in wanted)]
    found: reply_report.Round = {}
    starts = {
        DIRECT: lambda: direct(place, url),
        PRODUCT: lambda: product(place),
        WITH_REDIS: lambda: product(place, has_redis=True),
        WRITES: lambda: writes(place, found.get(PRODUCT, {})),
        PEER: lambda: peer(place, url),
    }
    for name, start in starts.items():
        if options.servers and name not in options.servers.split(","):
            continue
        with start() as measure:
            found[name] = {scene.name: figures for scene in scenes if (figures := measure(scene))}
        say(f"{name}: done")
    return found


@contextmanager
def direct(place: Place, url: str) -> Iterator[partial[Figures]]:
    yield partial(read_directly, url)


def read_directly(url: str, scene: Scene) -> Figures:
    at_once = min(scene.replies, scene.in_flight * scene.each)
    words = [sys.executable, "-m", "bench.direct", url, str(scene.replies), str(at_once), scene.question]
    done = subprocess.run(words, capture_output=True, text=True, timeout=600, check=True)
    figures: Figures = json.loads(done.stdout)
    return figures


@contextmanager
def writes(place: Place, shown: Mapping[str, Figures]) -> Iterator[partial[Figures | None]]:
    with floor(place) as target:
        yield partial(written, target, shown)


def written(target: Target, shown: Mapping[str, Figures], scene: Scene) -> Figures | None:
    """What the kernel takes for as many bytes, to as many sockets, as often as the product wrote them in that scene."""
    if scene.name != TEN or TEN not in shown:
        return None
    ours = shown[TEN]
    count = round(float(ours["seconds"]) * A_SECOND)
    size = (float(ours["json_bytes"]) + float(ours["html_bytes"])) / 2 / count
    figures = target.load("-n", scene.viewers, "-m", count, "-r", A_SECOND, "-s", round(size))
    cpu, seconds = figures["cpu_us"] * figures["deliveries"] / 1e6, figures["seconds"]
    return {"deliveries": count, "cpu_s": cpu, "seconds": seconds, "steady_cpu_s": cpu, "steady_s": seconds}


@contextmanager
def product(place: Place, *, has_redis: bool = False) -> Iterator[partial[Figures]]:
    with started(place, has_redis=has_redis) as (_, target):
        yield partial(watched, target)


@contextmanager
def peer(place: Place, url: str) -> Iterator[partial[Figures]]:
    with whole_text(place, url) as target:
        yield partial(watched, Target(target.port, target.pid, target.redis_pid, ("-P", ROOMS, "-d", "json")))


@contextmanager
def started(place: Place, *, has_redis: bool = False) -> Iterator[tuple[Site, Target]]:
    site = populated_site(place, has_redis=has_redis).start()
    options = ("-P", ROOMS, "-F", str(place.directory / "people.txt"), "-d", "both")
    try:
        yield site, Target(site.port, site.pid, place.redis.pid, options)
    finally:
        site.stop()


def watched(target: Target, scene: Scene) -> Figures:
    return target.load(*scene.options, client="wswatch")


def weigh(place: Place, url: str, characters: int) -> dict[int, reply_report.Weight]:
    """Bytes of one long reply at each pace, all at the same time, one in each room. The slowest takes five minutes."""
    with started(place) as (site, product), whole_text(place, url) as other:
        options = ("-d", "json")
        peers = Target(other.port, other.pid, other.redis_pid, options)
        with ThreadPoolExecutor(2 * len(PACES)) as pool:
            runs = {
                pace: (
                    pool.submit(carried, product, number, pace, characters),
                    pool.submit(carried, peers, number, pace, characters),
                )
                for number, pace in enumerate(PACES)
            }
            found = {pace: (ours.result(), theirs.result()) for pace, (ours, theirs) in runs.items()}
        return {
            pace: reply_report.Weight(ours, theirs, *reply_report.lengths(site, f"bench{number}"))
            for number, (pace, (ours, theirs)) in enumerate(found.items())
        }


def carried(target: Target, room: int, pace: int, characters: int) -> Figures:
    frame = FRAME % ("@writer0", pace, "prose", characters)
    where = ("-P", ROOMS % room)
    return target.load("-n", 2, "-m", 1, "-u", 0, "-s", 0, "-t", 30, "-T", frame, *where, client="wswatch")


if __name__ == "__main__":
    main()
