from __future__ import annotations

import asyncio
import gc
import weakref

import pytest

from chatsite import tidying


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
