from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from chatsite import tidying
from tests.servers.programs import ROOT


@pytest.fixture
def tidied(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    monkeypatch.setattr(tidying, "QUIET_SECONDS", 0.05)
    return asyncio.Event()


def come_and_go(tidy: tidying.Tidying, number: int) -> None:
    for _ in range(number):
        tidy.one_came()
    for _ in range(number):
        tidy.one_left()


async def test_once_many_have_left_and_it_is_quiet_it_is_tidied(tidied: asyncio.Event):
    tidy = tidying.Tidying(tidied.set)
    come_and_go(tidy, tidying.MANY - 1)
    await asyncio.sleep(0.15)
    assert not tidied.is_set(), "few have left"

    come_and_go(tidy, 1)
    assert not tidied.is_set(), "it is not quiet yet"
    async with asyncio.timeout(10):
        await tidied.wait()

    tidied.clear()
    come_and_go(tidy, 1)
    await asyncio.sleep(0.15)
    assert not tidied.is_set(), "these count anew"


async def test_while_more_are_here_than_have_left_nobody_waits_for_that(tidied: asyncio.Event):
    tidy = tidying.Tidying(tidied.set)
    for _ in range(tidying.MANY + 1):
        tidy.one_came()
    come_and_go(tidy, tidying.MANY)
    await asyncio.sleep(0.15)
    assert not tidied.is_set()

    come_and_go(tidy, 2)
    async with asyncio.timeout(10):
        await tidied.wait()


def test_sockets_that_leave_leave_nothing_that_only_the_collector_finds(tmp_path: Path):
    environment = {"PYTHONPATH": str(ROOT), "ENV_FILE": "", "SECRET_KEY": "x" * 50}
    environment["DATABASE_URL"] = f"sqlite:///{tmp_path / 'db.sqlite3'}"

    done = subprocess.run(
        [sys.executable, "-m", "tests.leaving"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.stdout == "left: {}\n", done.stderr
