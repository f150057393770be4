from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import weakref
from pathlib import Path

import pytest

from chatsite import tidying
from tests.servers.programs import ROOT


class Cycle:
    def __init__(self) -> None:
        self.me = self


async def test_what_many_have_left_behind_is_tidied_once_it_is_quiet(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tidying, "QUIET_SECONDS", 0.05)
    tidy = tidying.Tidying()
    gc.disable()
    try:
        garbage = weakref.ref(Cycle())
        for _ in range(tidying.MANY - 1):
            tidy.one_left()
        await asyncio.sleep(0.15)
        assert garbage() is not None, "few have left"

        tidy.one_left()
        await asyncio.sleep(0.15)
        assert garbage() is None
    finally:
        gc.enable()


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
