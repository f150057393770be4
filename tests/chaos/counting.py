"""How many tasks and sockets a running server has: it counts them itself when it gets SIGUSR1.

The server is told to by a ``sitecustomize`` in a directory of the test's, so that nothing of it is in the product.
"""

from __future__ import annotations

import json
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from tests.site import Site

_COUNTER = """
import asyncio, json, os, signal

def count(*_):
    links = []
    for number in os.listdir("/proc/self/fd"):
        try:
            links.append(os.readlink("/proc/self/fd/" + number))
        except OSError:
            pass
    counted = {
        "tasks": sorted(task.get_coro().__qualname__ for task in asyncio.all_tasks()),
        "sockets": sum(link.startswith("socket:") for link in links),
    }
    with open(os.environ["COUNTS"] + ".new", "w") as target:
        json.dump(counted, target)
    os.replace(os.environ["COUNTS"] + ".new", os.environ["COUNTS"])

if "COUNTS" in os.environ:
    signal.signal(signal.SIGUSR1, count)
"""


@dataclass(frozen=True)
class Counts:
    tasks: list[str]
    sockets: int


def make_countable(site: Site, directory: Path) -> None:
    directory.mkdir(exist_ok=True)
    (directory / "sitecustomize.py").write_text(_COUNTER)
    site.environment |= {"PYTHONPATH": str(directory), "COUNTS": str(directory / "counts.json")}


def counts_of(site: Site) -> Counts:
    counted = Path(site.environment["COUNTS"])
    counted.unlink(missing_ok=True)
    os.kill(site.pid, signal.SIGUSR1)
    until = time.monotonic() + 20
    while not counted.exists():
        assert time.monotonic() < until, "the server does not count"
        time.sleep(0.05)
    return Counts(**json.loads(counted.read_text()))
