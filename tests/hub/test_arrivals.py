"""Who comes and who goes, told once, and soon enough to the pages of other processes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from asgiref.sync import sync_to_async
from django.core.cache import cache

from chat.hub import arrivals, current_hub
from chat.models import User
from tests.realtime.conftest import Opener


@pytest.fixture(autouse=True)
def _short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrivals, "GRACE_SECONDS", 0.3)
    monkeypatch.setattr(arrivals, "REPORT_SECONDS", 0.05)


async def test_who_comes_back_and_goes_again_parts_once(ana: User, ben: User, open_tab: Opener) -> None:
    hers = await open_tab(ana, "general")
    for _ in range(3):
        await (await open_tab(ben, "general")).close()

    await hers.until("presence", online=False)

    await hers.silence(0.6)


async def test_with_one_of_two_tabs_closed_one_is_still_here(ana: User, ben: User, open_tab: Opener) -> None:
    hers = await open_tab(ana, "general")
    first, _ = await open_tab(ben, "general"), await open_tab(ben, "general")
    await hers.until("presence", online=True)

    await first.close()

    await hers.silence(0.6)


async def test_pages_of_other_processes_are_told_soon(ana: User, ben: User, open_tab: Opener) -> None:
    hub = current_hub()
    hub.publisher.is_shared = True
    await open_tab(ana, "general")
    his = await open_tab(ben, "general")
    reported = f"presence:{hub.publisher.origin}"
    await until(lambda: sorted(cache.get(reported) or ()) == [ana.pk, ben.pk])

    await his.close()

    await until(lambda: cache.get(reported) == [ana.pk])


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not await sync_to_async(condition)():
            await asyncio.sleep(0.02)
