from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from chatsite import tidying
from tests.servers.programs import ROOT


class Tidied(list[bool]):
    """For each time whether a crowd had gone."""

    async def once(self) -> bool:
        async with asyncio.timeout(10):
            while not self:
                await asyncio.sleep(0.01)
        return self.pop()


@pytest.fixture
def tidied(monkeypatch: pytest.MonkeyPatch) -> Tidied:
    monkeypatch.setattr(tidying, "QUIET_SECONDS", 0.05)
    return Tidied()


def come_and_go(tidy: tidying.Tidying, number: int) -> None:
    for _ in range(number):
        tidy.one_came()
        tidy.one_left()


async def test_once_many_have_left_and_it_is_quiet_it_is_tidied(tidied: Tidied):
    tidy = tidying.Tidying(tidied.append)
    come_and_go(tidy, tidying.MANY - 1)
    await asyncio.sleep(0.15)
    assert not tidied, "few have left"

    come_and_go(tidy, 1)
    assert not tidied, "it is not quiet yet"
    assert await tidied.once() is True

    come_and_go(tidy, 1)
    await asyncio.sleep(0.15)
    assert not tidied, "these count anew"


async def test_once_many_have_come_it_is_tidied_but_nobody_waits_until_all_is_looked_at(tidied: Tidied):
    tidy = tidying.Tidying(tidied.append)
    for _ in range(tidying.MANY + 1):
        tidy.one_came()
    assert await tidied.once() is False

    for _ in range(tidying.MANY // 2):
        tidy.one_left()
    come_and_go(tidy, tidying.MANY // 2 - 1)
    await asyncio.sleep(0.15)
    assert not tidied, "few of each"

    tidy.one_left()
    assert await tidied.once() is True, "more have left than are here"


async def test_while_as_many_are_here_as_have_left_it_is_not_tidied_again_and_again(tidied: Tidied):
    tidy = tidying.Tidying(tidied.append)
    for _ in range(2 * tidying.MANY + 2):
        tidy.one_came()
    for _ in range(tidying.MANY):
        tidy.one_left()
    assert await tidied.once() is False

    tidy.one_left()
    await asyncio.sleep(0.15)
    assert not tidied


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
