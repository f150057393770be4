"""What it costs to know who is here: `python -m bench.presence [--sizes 100,1000] [--smoke]`.

So many people look at one room and do nothing; the server's processor time is taken for a minute, which holds beats,
heartbeats, re-checks of access and reports of presence, without anybody. Then others come, one after the other, and go.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from bench import wsload
from bench.command import options_of, row, say, table
from bench.servers import Place, Target, place_of, populate, product
from bench.wsload import BUILT

SERVERS = {
    "product": partial(product, dialect="html"),
    "product, Redis": partial(product, dialect="html", has_redis=True),
}
FOR_EVER = 3600  # seconds; it is ended before
QUIET = 0.1  # of a core
CROWD = 100  # in a bigger room comings and goings are not told
TICKS = os.sysconf("SC_CLK_TCK")
COLUMNS = [
    "server",
    "people in the room",
    "idle: CPU ms a minute",
    "for each person: CPU µs a minute",
    "one comes and goes: CPU ms",
    "told to the room",
]


@dataclass(frozen=True, slots=True)
class Size:
    sizes: tuple[int, ...]
    joiners: int = 50
    idle_seconds: float = 50.0  # two beats of 25 seconds
    grace_seconds: float = 6.0  # whoever went is told of after five

    @property
    def people(self) -> int:
        return max(self.sizes) + self.joiners


def main() -> None:
    parser = options_of(__doc__)
    parser.add_argument("--sizes", default="90,1000")
    options = parser.parse_args()
    size = Size(tuple(map(int, options.sizes.split(","))))
    if options.smoke:
        size = Size((4,), joiners=2, idle_seconds=1, grace_seconds=1)
    wsload.build()
    with tempfile.TemporaryDirectory(prefix="chat-bench-") as directory, place_of(Path(directory)) as place:
        say(f"making {size.people} people")
        populate(place, size.people)
        print(table(COLUMNS))
        for name, start in SERVERS.items():
            with start(place) as target:
                for cells in rows_of(place, target, size):
                    print(row([name, *cells]), flush=True)


def rows_of(place: Place, target: Target, size: Size) -> Iterator[list[str]]:
    with at_rest(target, 1, size):
        alone = idle(target, size)
    for count in size.sizes:
        with at_rest(target, count, size):
            minute = idle(target, size)
            joining = come_and_go(place, target, size)
        each = (minute - alone) / (count - 1) * 1e6
        told = "yes" if count + 1 <= CROWD else "no: a crowd"
        yield [f"{count:,}", f"{minute * 1000:,.0f}", f"{each:,.0f}", f"{joining * 1000:.2f}", told]


@contextmanager
def at_rest(target: Target, count: int, size: Size) -> Iterator[None]:
    """So many sockets of different people, open and silent, until the block ends."""
    options = map(str, ("-p", target.port, *target.options, "-n", count, "-m", 0, "-u", 0, "-i", FOR_EVER))
    client = subprocess.Popen([BUILT / "wsload", *options], stdout=subprocess.DEVNULL)
    try:
        settle(target, size)
        yield
        assert client.poll() is None, "the sockets did not stay open"
    finally:
        client.kill()
        client.wait()
        time.sleep(size.grace_seconds)  # they have gone


def settle(target: Target, size: Size) -> None:
    """Everybody has come when a second costs little."""
    time.sleep(1)
    before = cpu_seconds(target)
    while True:
        time.sleep(1)
        now = cpu_seconds(target)
        if now - before < QUIET:
            break
        before = now
    time.sleep(size.grace_seconds)


def idle(target: Target, size: Size) -> float:
    """Seconds of processor time a minute."""
    begun, before = time.monotonic(), cpu_seconds(target)
    time.sleep(size.idle_seconds)
    return (cpu_seconds(target) - before) / (time.monotonic() - begun) * 60


def come_and_go(place: Place, target: Target, size: Size) -> float:
    """Seconds of processor time for each of some more people, connect and sign-in included."""
    people, others = place.directory / "people.txt", place.directory / "joiners.txt"
    others.write_text("".join(people.read_text().splitlines(keepends=True)[-size.joiners :]))
    options = tuple(str(others) if word == str(people) else word for word in target.options)
    before = cpu_seconds(target)
    replace(target, options=options).load("-n", size.joiners, "-m", 0, "-u", 0, "-i", 0, "-c", 1)
    time.sleep(size.grace_seconds)
    return (cpu_seconds(target) - before) / size.joiners


def cpu_seconds(target: Target) -> float:
    """Of the server's process, by the kernel."""
    fields = Path(f"/proc/{target.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


if __name__ == "__main__":
    main()
