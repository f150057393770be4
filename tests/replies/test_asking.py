"""What has begun for a question that is taken back."""

from __future__ import annotations

import asyncio
import threading

import pytest

from chat.replies import asking


async def test_what_has_begun_is_waited_for_also_by_who_is_told_to_stop_twice(transactional_db: None) -> None:
    """By the button, and by the look at the row some seconds later."""
    has_begun, may_end = threading.Event(), threading.Event()

    def work() -> bool:
        has_begun.set()
        return may_end.wait(10)

    waiting = asyncio.create_task(asking._unbroken(work))
    assert await asyncio.to_thread(has_begun.wait, 10)
    for _ in range(2):
        waiting.cancel()
        await asyncio.sleep(0.01)

    assert not waiting.done()
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await waiting
