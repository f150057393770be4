"""What is said while a room rests from the last fan-out is one write, in order, to everybody once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from chat.access import Ticket
from chat.catchup import Change
from chat.frames import Frame
from chat.hub import Hub
from chat.hub.desk import Desk
from chat.hub.joining import Joining, Said
from chat.hub.socket import Socket
from tests.hub.noting import NotingWriter
from tests.waiting import until

ROOM, ANA, BEN = 1, 7, 8
CLIENT_ID = "7b0e2f3a-6f0b-4ad1-9c57-0f3a1d0e8a11"


class Reader:
    """A tab whose server takes some time to be written to, as a hundred of them would."""

    def __init__(self, user_id: int, *, is_html: bool = False) -> None:
        writer = NotingWriter(seconds=0.03)
        self.writes = writer.writes
        ticket = Ticket(user_id, ROOM)
        self.socket = Socket(_none, _none, ticket=ticket, name="x", is_html=is_html, writer=writer)


async def _none(_: Any) -> None:
    raise AssertionError("the server offers to write")


def frame(name: str) -> Frame:
    return Frame(f'{{"is":"{name}"}}', f"<chat-frame {name}>")


def desk_of(*readers: Reader) -> Desk:
    desk = Desk(ROOM, 0, lambda _: None)
    for reader in readers:
        desk.join(reader.socket)
    return desk


async def test_the_first_goes_at_once_and_what_follows_in_one_write() -> None:
    ben, page = Reader(BEN), Reader(BEN, is_html=True)
    desk = desk_of(ben, page)

    for revision in (1, 2, 3):
        desk.take(Change(revision, frame(str(revision))))
    before = list(ben.writes)
    await asyncio.sleep(0.2)

    assert before == [['{"is":"1"}']]
    assert ben.writes == [['{"is":"1"}'], ['{"is":"2"}', '{"is":"3"}']]
    assert page.writes == [["<chat-frame 1>"], ["<chat-frame 2>", "<chat-frame 3>"]]
    assert desk.delivered == 3


async def test_a_room_that_has_rested_once_goes_on() -> None:
    ben = Reader(BEN)
    desk = desk_of(ben)

    for first in (1, 3, 5):
        for revision in (first, first + 1):
            desk.take(Change(revision, frame(str(revision))))
        await until(lambda: f'{{"is":"{revision}"}}' in ben.writes[-1])  # noqa: B023 - it is waited for here

    assert [text for texts in ben.writes for text in texts] == [f'{{"is":"{number}"}}' for number in range(1, 7)]


async def test_a_quiet_room_waits_for_nothing() -> None:
    written: list[Sequence[Said]] = []
    joining = Joining(written.append)

    for number in range(3):
        joining.say(Said((frame(str(number)),)))

    assert [[said.frames[0] for said in moment] for moment in written] == [[frame("0")], [frame("1")], [frame("2")]]


async def test_an_author_hears_their_own_in_its_place() -> None:
    ana, ben = Reader(ANA), Reader(BEN)
    desk = desk_of(ana, ben)

    desk.take(Change(1, frame("1")))
    desk.take(Change(2, frame("2"), ANA, CLIENT_ID))
    desk.broadcast(frame("said of ana"), but=ANA)
    desk.take(Change(3, frame("3"), BEN))
    desk.flush()

    assert ben.writes[1:] == [['{"is":"2"}', '{"is":"said of ana"}', '{"is":"3"}']]
    assert ana.writes[1:] == [[f'{{"is":"2","client_id":"{CLIENT_ID}"}}', '{"is":"3"}']]


async def test_what_passes_stays_apart_and_in_order() -> None:
    ben = Reader(BEN)
    desk = desk_of(ben)

    desk.broadcast(frame("1"))
    desk.broadcast(frame("2"))
    desk.broadcast(frame("typing"), but=ANA, is_passing=True)
    desk.broadcast(frame("3"))
    desk.flush()

    assert ben.writes == [['{"is":"1"}'], ['{"is":"2"}'], ['{"is":"typing"}'], ['{"is":"3"}']]


async def test_whoever_comes_hears_nothing_older_than_themselves() -> None:
    ben, late = Reader(BEN), Reader(ANA)
    desk = desk_of(ben)

    desk.take(Change(1, frame("1")))
    desk.take(Change(2, frame("2")))
    desk.join(late.socket)
    desk.take(Change(3, frame("3")))
    desk.flush()

    assert late.writes == [['{"is":"3"}']]
    assert ben.writes == [['{"is":"1"}'], ['{"is":"2"}'], ['{"is":"3"}']]


async def test_what_is_announced_together_is_one_write_from_the_first_on() -> None:
    hub = Hub()
    ben, page = Reader(BEN), Reader(BEN, is_html=True)
    desk = hub.desks[ROOM] = desk_of(ben, page)
    told = [
        {"kind": "change", "room": ROOM, "revision": number, "json": f'{{"is":"{number}"}}', "html": None}
        for number in (1, 2, 3)
    ]

    hub.publisher.put_all([("room.1", each) for each in told])

    assert ben.writes == [['{"is":"1"}', '{"is":"2"}', '{"is":"3"}']]
    assert page.writes == ben.writes
    assert desk.delivered == 3
    await hub.stop()


async def test_what_fails_within_a_moment_leaves_the_room_able_to_speak() -> None:
    hub = Hub()
    ben = Reader(BEN)
    hub.desks[ROOM] = desk_of(ben)

    def speak_and_fail() -> None:
        with hub.moment([{"room": ROOM}, {"room": ROOM}]):
            hub.desks[ROOM].broadcast(frame("1"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        speak_and_fail()
    hub.desks[ROOM].broadcast(frame("2"))
    hub.desks[ROOM].flush()

    assert ben.writes == [['{"is":"1"}'], ['{"is":"2"}']]
    await hub.stop()
