"""What has begun for a question that is taken back, and what waits for an answer's first sign."""

from __future__ import annotations

import asyncio
import threading

import pytest

from chat.providers import Started, Text, Tool
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


def test_of_tools_that_are_called_before_the_first_word_nothing_is_kept() -> None:
    opening = asking._Opening()

    before = list(opening.let(Started("r-1")))

    before += [event for _ in range(200_000) for event in opening.let(Tool("search"))]

    assert before == []
    assert list(opening.let(Text("so"))) == [Started("r-1"), Text("so")]
