"""What comes while a room is written to waits in line, and is stored together."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator

import pytest
from django.db import OperationalError

from chat.consumers import posting
from chat.exceptions import EmptyMessage
from chat.models import Message, Room, User
from chat.services.posting import Words, post_together
from tests.realtime.conftest import end_everything


class Gate:
    """The database, as slow as the test wants; and how many posts came to it at a time."""

    def __init__(self) -> None:
        self.came: list[int] = []
        self.has_come = threading.Event()
        self.may_go = threading.Event()

    def post_together(self, room: Room, said: list[Words]) -> object:
        self.came.append(len(said))
        self.has_come.set()
        assert self.may_go.wait(60)
        return post_together(room, said)


@pytest.fixture(autouse=True)
async def _ended() -> AsyncIterator[None]:
    yield
    await end_everything()


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    gate = Gate()
    monkeypatch.setattr(posting, "post_together", gate.post_together)
    yield gate
    gate.may_go.set()


async def begun(gate: Gate) -> None:
    assert await asyncio.to_thread(gate.has_come.wait, 60)


async def texts() -> list[str]:
    return [text async for text in Message.objects.order_by("sequence").values_list("text", flat=True)]


async def test_a_busy_room_is_written_to_by_one_thread_in_the_order_of_what_came(
    general: Room, ana: User, ben: User, gate: Gate
) -> None:
    first = asyncio.ensure_future(posting.post(general, Words(ana, "0")))
    await begun(gate)
    rest = [asyncio.ensure_future(posting.post(general, Words(ana if n % 2 else ben, str(n)))) for n in range(1, 6)]
    await asyncio.sleep(0)
    gate.may_go.set()

    posted = await asyncio.gather(first, *rest)

    assert gate.came == [1, 5]
    assert [one.message.sequence for one in posted] == [1, 2, 3, 4, 5, 6]
    assert await texts() == ["0", "1", "2", "3", "4", "5"]


async def test_who_leaves_meanwhile_holds_up_nobody_and_has_spoken(general: Room, ana: User, ben: User, gate: Gate):
    first = asyncio.ensure_future(posting.post(general, Words(ana, "0")))
    await begun(gate)
    gone, here = (asyncio.ensure_future(posting.post(general, Words(ben, text))) for text in ("1", "2"))
    await asyncio.sleep(0)
    first.cancel()
    gone.cancel()
    gate.may_go.set()

    assert (await here).message.sequence == 3
    assert await texts() == ["0", "1", "2"]


async def test_another_room_does_not_wait(general: Room, harbour: Room, ana: User, gate: Gate) -> None:
    first = asyncio.ensure_future(posting.post(general, Words(ana, "0")))
    await begun(gate)
    gate.has_come.clear()

    other = asyncio.ensure_future(posting.post(harbour, Words(ana, "elsewhere")))
    await begun(gate)
    gate.may_go.set()

    assert gate.came == [1, 1]
    await asyncio.gather(first, other)


async def test_each_is_told_what_speaks_against_their_own(general: Room, ana: User, ben: User, gate: Gate) -> None:
    first = asyncio.ensure_future(posting.post(general, Words(ana, "0")))
    await begun(gate)
    rest = [asyncio.ensure_future(posting.post(general, Words(ben, text))) for text in (" ", "1")]
    await asyncio.sleep(0)
    gate.may_go.set()

    nothing, something = await asyncio.gather(*rest, return_exceptions=True)

    assert isinstance(nothing, EmptyMessage)
    assert (await first).message.sequence == 1
    assert await texts() == ["0", "1"]
    assert not isinstance(something, BaseException)


async def test_a_database_that_is_away_is_told_to_all_and_the_line_goes_on(
    general: Room, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise OperationalError("no connection")

    with monkeypatch.context() as patched:
        patched.setattr(posting, "post_together", away)
        told = await asyncio.gather(
            *(posting.post(general, Words(ana, str(number))) for number in range(3)), return_exceptions=True
        )

    assert [type(each) for each in told] == [OperationalError] * 3
    assert (await posting.post(general, Words(ana, "back"))).message.sequence == 1


async def test_what_takes_long_to_render_goes_by_itself(general: Room, ana: User, ben: User, gate: Gate) -> None:
    first = asyncio.ensure_future(posting.post(general, Words(ana, "0")))
    await begun(gate)
    gate.has_come.clear()
    long = asyncio.ensure_future(posting.post(general, Words(ben, "x " * posting.LONG)))
    await begun(gate)
    gate.may_go.set()

    await asyncio.gather(first, long)

    assert gate.came == [1, 1]
