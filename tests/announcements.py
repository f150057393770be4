"""What is announced while a test does something, as this process's hub would hear it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from chat.events import publisher_of


class Heard:
    """In the order it was announced."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._all: list[dict[str, Any]] = []
        self.publisher = publisher_of(loop)
        self.publisher.listener = lambda announcement: self._all.append(dict(announcement))

    def of_kind(self, kind: str) -> list[dict[str, Any]]:
        return [announcement for announcement in self.everything() if announcement["kind"] == kind]

    def everything(self) -> list[dict[str, Any]]:
        asyncio.run_coroutine_threadsafe(asyncio.sleep(0), self._loop).result(60)
        return self._all

    def forget(self) -> None:
        self.everything().clear()


@pytest.fixture
def heard() -> Iterator[Heard]:
    """With ``transactional_db``, for only what is committed is announced."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield Heard(loop)
    asyncio.run_coroutine_threadsafe(_end_tasks(), loop).result(60)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(60)
    loop.close()


async def _end_tasks() -> None:
    """The publisher's own task would complain about a loop that goes."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
