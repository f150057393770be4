"""The threads of the database, in a loop and on a database of their own."""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from pytest_django import DjangoDbBlocker

from chatsite.threads import DatabaseThreads


class Cycle:
    def __init__(self) -> None:
        self.me = self


@pytest.fixture
def database(tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[Path]:
    """SQLite, in a file: the tests' own may be another."""
    path = tmp_path / "db.sqlite3"
    before = connections.settings["default"]
    like = {**before, "ENGINE": "chatsite.sqlite", "NAME": str(path), "OPTIONS": {}}
    connections.settings["default"] = like
    with django_db_blocker.unblock():
        yield path
    connections.settings["default"] = before


def open_files(path: Path) -> int:
    return sum(str(path) == link for link in map(target, Path("/proc/self/fd").iterdir()))


def target(descriptor: Path) -> str:
    try:
        return str(descriptor.readlink())
    except FileNotFoundError:
        return ""


def named() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("database")]


def ask(all_here: threading.Barrier) -> Any:
    with connections["default"].cursor() as cursor:
        all_here.wait(30)
        return cursor.execute("SELECT 1").fetchone()


async def test_new_threads_begin_with_no_connection_and_those_before_end(database: Path):
    threads = DatabaseThreads()
    threads.start(asyncio.get_running_loop())
    together = threading.Barrier(5)
    await asyncio.gather(*(asyncio.to_thread(ask, together) for _ in range(5)))
    assert open_files(database) == len(named()) == 5
    last = threading.Event()
    slow = asyncio.create_task(asyncio.to_thread(last.wait, 30))
    await asyncio.sleep(0)

    threads.renew(True)
    assert await asyncio.to_thread(ask, threading.Barrier(1)) == (1,)
    assert open_files(database) == 6, "one still works: nobody is hung up on"

    garbage = weakref.ref(Cycle())
    last.set()
    assert await slow
    async with asyncio.timeout(30):
        while open_files(database) > 1 or garbage() is not None:
            await asyncio.sleep(0.01)
    assert await asyncio.to_thread(ask, threading.Barrier(1)) == (1,)
    assert len(named()) <= 3, "as many as the next ones were given things to do"
    threads.renew(True)
    await asyncio.to_thread(int)


async def test_what_was_asked_before_is_still_answered():
    threads = DatabaseThreads()
    threads.start(asyncio.get_running_loop())
    answers = [asyncio.create_task(asyncio.to_thread(int, number)) for number in "123456789"]
    await asyncio.sleep(0)

    threads.renew(True)

    assert await asyncio.gather(*answers) == [1, 2, 3, 4, 5, 6, 7, 8, 9]
