"""The pytest plugin that gives the tests real servers of their own, and keeps this machine's settings out of them.

Each server is started when the first test asks for it. One that cannot be had skips its tests and is named at the end;
with CI=true it fails them.
"""

from __future__ import annotations

import atexit
import gc
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from tests.servers.chromium import Chromium, find_chromium, find_headless
from tests.servers.jemalloc import find_jemalloc
from tests.servers.nginx import Nginx
from tests.servers.postgres import Postgres
from tests.servers.programs import ROOT, NotToBeHad, in_ci
from tests.servers.redis import Redis

T = TypeVar("T")
Server = TypeVar("Server", Redis, Postgres)
MISSING: set[str] = set()
FOR_WORKERS = "POSTGRES_OF_TESTS"
DIRECTORY = Path(tempfile.mkdtemp(prefix="chat-tests-"))
atexit.register(shutil.rmtree, DIRECTORY, ignore_errors=True)
DIRECTORY.chmod(0o711)  # PostgreSQL's account must pass through
gc.disable()  # until all tests are known: what is loaded for them stays, and to look through it is half of the work


def pytest_addoption(parser: pytest.Parser) -> None:
    databases = ("sqlite", "postgresql")
    parser.addoption("--database", choices=databases, default="sqlite", help="what Django's test database runs on")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, None, None]:
    """A wrapper, for this must have happened before pytest-django reads the settings."""
    _forget_this_machine()
    if early_config.known_args_namespace.database == "postgresql":
        os.environ["DATABASE_URL"] = _postgres_for_django()
    yield


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL only what asks a database: everything else has been seen on SQLite."""
    if config.option.database == "postgresql":
        asking = [item for item in items if asks_database(item)]
        config.hook.pytest_deselected(items=[item for item in items if item not in asking])
        items[:] = asking


def pytest_collection_finish() -> None:
    """The collector works again, on what the tests leave."""
    gc.freeze()
    gc.enable()


def asks_database(item: pytest.Item) -> bool:
    fixtures = getattr(item, "fixturenames", ())
    return item.get_closest_marker("django_db") is not None or "db" in fixtures or "transactional_db" in fixtures


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of several tells the one that reports what it could not get."""
    if output := getattr(session.config, "workeroutput", None):
        output["missing"] = sorted(MISSING)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    MISSING.update(getattr(node, "workeroutput", {}).get("missing", ()))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    stats = terminalreporter.stats
    reasons = [str(report.longrepr) for report in (*stats.get("skipped", []), *stats.get("error", []))]
    for reason in sorted(MISSING):
        count = sum(reason in why for why in reasons)
        terminalreporter.write_line(f"NOT TESTED, for {reason}: {count} tests", red=True, bold=True)


@pytest.fixture(scope="session")
def shared_redis() -> Iterator[Redis]:
    yield from _running(_get(Redis, _directory("redis")))


@pytest.fixture
def redis_url(shared_redis: Redis) -> str:
    """A Redis, empty."""
    import redis

    with redis.Redis.from_url(shared_redis.url, socket_timeout=5, socket_connect_timeout=5) as client:
        client.flushall()
    return shared_redis.url


@pytest.fixture
def redis_server() -> Iterator[Redis]:
    """A Redis of this test's own, which it may `stop()` and `start()`."""
    yield from _running(_get(Redis, _directory("redis")))


@pytest.fixture
def other_redis() -> Iterator[Redis]:
    """Another one, beside `redis_server`."""
    yield from _running(_get(Redis, _directory("redis")))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    yield from _running(_get(Postgres, _directory("postgres")))


@pytest.fixture
def postgres_url(postgres_server: Postgres) -> Callable[[], str]:
    """Each call makes a new, empty database."""
    return postgres_server.new_database


@pytest.fixture
def nginx() -> Iterator[Nginx]:
    """One that is to be configured and started."""
    server = _get(Nginx, _directory("nginx"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def chromium() -> Chromium:
    return _get(find_headless)


@pytest.fixture(scope="session")
def whole_chromium() -> Chromium:
    """As people have it, where a test needs what the one without windows cannot."""
    return _get(find_chromium)


@pytest.fixture(scope="session")
def jemalloc() -> str:
    """Of whoever looks at the memory of a site."""
    return _get(find_jemalloc)


def _get(make: Callable[..., T], *args: Path) -> T:
    try:
        return make(*args)
    except NotToBeHad as reason:
        MISSING.add(str(reason))
        if in_ci():
            pytest.fail(str(reason), pytrace=False)
        pytest.skip(str(reason))


def _running(server: Server) -> Iterator[Server]:
    server.start()
    yield server
    server.stop()


def _directory(name: str) -> Path:
    return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=DIRECTORY))


def _postgres_for_django() -> str:
    """Started by the process that hands the tests to its workers; each of them has a database of its own in it."""
    if started := os.environ.get(FOR_WORKERS):
        return started
    try:
        server = Postgres(_directory("postgres"))
    except NotToBeHad as reason:
        pytest.exit(f"NOT TESTED on PostgreSQL, for {reason}", returncode=1 if in_ci() else 0)
    atexit.register(server.stop)  # after Django has let go of its connections
    server.start()
    os.environ[FOR_WORKERS] = server.url("postgres")
    return os.environ[FOR_WORKERS]


def _forget_this_machine() -> None:
    """A developer's `.env`, keys and collected files must not decide what a test sees."""
    for name in variables_listed():
        os.environ.pop(name, None)
    os.environ["ENV_FILE"] = ""
    os.environ["SECRET_KEY"] = "for tests only, and long enough that nothing warns about it: 1f9c0a7e5b"
    os.environ["STATIC_ROOT"] = str(DIRECTORY / "staticfiles")
    os.environ["MEDIA_ROOT"] = str(DIRECTORY / "media")


def variables_listed() -> list[str]:
    return re.findall(r"^#? ?([A-Z][A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), flags=re.MULTILINE)
