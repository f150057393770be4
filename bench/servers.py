"""What is measured: the product and its peers, each a process of its own on a free port of 127.0.0.1."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.wsload import BUILT, Figures, load
from tests.servers.processes import end, free_port, listens, wait_until
from tests.servers.programs import ROOT
from tests.servers.redis import Redis
from tests.site import Site

PEERS = Path(__file__).parent / "peers"
BENCH_PYTHON = BUILT.parent / "bin" / "python"
SERVING = ["--host", "127.0.0.1", "--port", "PORT", "--log-level", "warning", "--backlog", "2048"]
UVICORN = [str(BENCH_PYTHON), "-m", "uvicorn", *SERVING]
ROOM = "/ws/rooms/general/"
SEND = '{"type":"message.send","text":"@MSG@"}'
SECRET_KEY = "only for measuring, and long enough that nothing warns about it: 5e0d3b7a91"


@dataclass(frozen=True, slots=True)
class Target:
    """A running server, and how the load client speaks to it."""

    port: int
    pid: int
    redis_pid: int
    options: tuple[str, ...]

    def load(self, *options: object, client: str = "wsload") -> Figures:
        return load(self.port, *self.options, "-g", self.pid, "-G", self.redis_pid, *options, client=client)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run keeps its files, and its own Redis."""

    directory: Path
    redis: MeasuredRedis


@contextmanager
def peer(place: Place, command: list[str], directory: Path, **environment: str) -> Iterator[Target]:
    port = free_port()
    log = place.directory / f"peer-{port}.log"
    environment = {**os.environ, "REDIS_URL": place.redis.url, **environment}
    words = [word.replace("PORT", str(port)) for word in command]
    with log.open("ab") as output:
        process = subprocess.Popen(words, cwd=directory, env=environment, stdout=output, stderr=output)
    wait_until(lambda: listens(port), process, log)
    try:
        yield Target(port, process.pid, place.redis.pid, ("-P", "/ws"))
    finally:
        end(process)


def floor(place: Place) -> AbstractContextManager[Target]:
    return peer(place, [str(BUILT / "wsfloor"), "PORT"], PEERS)


def fastapi(place: Place) -> AbstractContextManager[Target]:
    return peer(place, [*UVICORN, "fastapi_app:app"], PEERS)


def model(place: Place) -> AbstractContextManager[Target]:
    """What the replies come from."""
    return peer(place, [sys.executable, "-m", "bench.peers.model", "PORT"], ROOT)


def whole_text(place: Place, model_url: str) -> AbstractContextManager[Target]:
    return peer(place, [*UVICORN, "whole_text:app"], PEERS, MODEL_URL=model_url)


def tutorial(place: Place) -> AbstractContextManager[Target]:
    options = ["-b", "127.0.0.1", "-p", "PORT", "-v", "0"]
    return peer(place, [sys.executable, "-m", "daphne", *options, "asgi:application"], PEERS / "tutorial")


@contextmanager
def product(
    place: Place, *, dialect: str = "json", has_redis: bool = False, room: str = ROOM, site: Site | None = None
) -> Iterator[Target]:
    """The site as `manage.py serve` runs it, with a fresh copy of the populated database, and without rate limits."""
    site = (site or populated_site(place, has_redis=has_redis)).start()
    people = place.directory / "people.txt"
    protocol = f"Sec-WebSocket-Protocol: chat.{dialect}.v1"
    try:
        yield Target(site.port, site.pid, place.redis.pid, ("-P", room, "-F", str(people), "-H", protocol, "-T", SEND))
    finally:
        site.stop()


def populated_site(place: Place, *, has_redis: bool = False) -> Site:
    site = product_site(place, has_redis=has_redis)
    shutil.copy(place.directory / "populated.sqlite3", site.directory / "db.sqlite3")
    return site


def product_site(place: Place, *, has_redis: bool = False) -> Site:
    os.environ["SECRET_KEY"] = SECRET_KEY
    environment = {"RATE_LIMITS": "0", "LOG_LEVEL": "WARNING"}
    if has_redis:
        environment["REDIS_URL"] = place.redis.url
    directory = place.directory / "site"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()
    return Site(directory, environment)


def populate(place: Place, count: int, then: str = "") -> None:
    """One database for all runs: a new site, and so many people who are signed in; `then` runs inside it."""
    site = product_site(place).prepare()
    people_of(site, place, count, then)
    shutil.copy(site.directory / "db.sqlite3", place.directory / "populated.sqlite3")


def people_of(site: Site, place: Place, count: int, then: str = "") -> None:
    call = f"populate({count}, Path({str(place.directory / 'people.txt')!r}))"
    words = f"from pathlib import Path; from bench.population import furnish, populate; {call}; {then}"
    site.manage("shell", "--verbosity=0", "--command", words, seconds=600)  # on a busy machine, too


@contextmanager
def place_of(directory: Path) -> Iterator[Place]:
    redis = MeasuredRedis(directory)
    redis.start()
    try:
        yield Place(directory, redis)
    finally:
        redis.stop()


class MeasuredRedis(Redis):
    @property
    def pid(self) -> int:
        assert self._process is not None, "it has not been started"
        return self._process.pid
