from __future__ import annotations

import asyncio

import pytest

from chatsite.inbox import MOST, Inbox


async def test_messages_come_out_in_the_order_they_went_in():
    inbox = Inbox()
    for number in range(3):
        inbox.put_nowait({"number": number})

    assert [await inbox.get() for _ in range(3)] == [{"number": 0}, {"number": 1}, {"number": 2}]


async def test_whoever_waits_is_woken_and_several_may_come_before_they_look():
    inbox = Inbox()
    waiting = asyncio.create_task(inbox.get())
    await asyncio.sleep(0)

    inbox.put_nowait({"number": 1})
    inbox.put_nowait({"number": 2})

    assert [await waiting, await inbox.get()] == [{"number": 1}, {"number": 2}]


async def test_who_gives_up_waiting_takes_nothing_along():
    inbox = Inbox()
    waiting = asyncio.create_task(inbox.get())
    await asyncio.sleep(0)

    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    inbox.put_nowait({"number": 1})

    assert await inbox.get() == {"number": 1}


async def test_who_says_more_than_is_answered_is_read_from_again_once_half_of_it_is():
    inbox, line = Inbox(), Line()
    for number in range(MOST + 3):
        line.resumeProducing()  # as the transport does by itself when what it had to write is written
        inbox.put_nowait({"number": number})
        if inbox.is_full:
            inbox.hold_up(line)
    assert line.told.pop() == "pause"
    line.told.clear()

    for _ in range(3 + MOST // 2 - 1):
        await inbox.get()
    assert line.told == []
    await inbox.get()
    await inbox.get()

    assert line.told == ["resume"]


class Line:
    def __init__(self) -> None:
        self.told: list[str] = []

    def pauseProducing(self) -> None:  # noqa: N802 - twisted's
        self.told.append("pause")

    def resumeProducing(self) -> None:  # noqa: N802 - twisted's
        self.told.append("resume")


async def test_once_nobody_asks_any_more_what_is_said_is_read_and_not_kept():
    inbox, line = Inbox(), Line()
    for number in range(MOST):
        inbox.put_nowait({"number": number})
    inbox.hold_up(line)

    inbox.close()

    assert line.told == ["pause", "resume"]
    inbox.put_nowait({"type": "websocket.disconnect"})
    assert await inbox.get() == {"type": "websocket.disconnect"}
