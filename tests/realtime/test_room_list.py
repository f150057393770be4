"""What a list of rooms counts may change after its page is drawn and before its line is open: then the page is told."""

from __future__ import annotations

import re

import pytest
from asgiref.sync import sync_to_async

from chat.models import Message, Room, User
from chat.services import messages
from tests.realtime.conftest import Asker, Opener, browser
from tests.realtime.lines import fetch
from tests.realtime.tabs import HTML, settle


async def drawn(reader: User, room: str) -> int:
    """With what a page of this room is drawn."""
    page = await fetch(f"/rooms/{room}/", await sync_to_async(browser)(reader))
    found = re.search(r'<chat-live [^>]*data-tally="(\d+)"', page)
    assert found
    return int(found[1])


def post(room: Room, author: User) -> None:
    messages.post_message(room=room, author=author, text="news")


def read(room: Room, reader: User) -> None:
    room.refresh_from_db()
    messages.mark_read(room=room, user=reader, sequence=room.last_sequence)


@pytest.mark.parametrize("happens", [post, read], ids=["posted", "read in another tab"])
async def test_a_page_hears_that_its_list_was_outdated_before_its_socket_opened(
    ana: User, ben: User, harbour: Room, open_tab: Opener, happens
) -> None:
    await sync_to_async(post)(harbour, ana)
    tally = await drawn(ben, "general")

    await sync_to_async(happens)(harbour, ben)

    tab = await open_tab(ben, "general", HTML)
    await tab.send(type="sync", since=0, tally=tally)
    await tab.until("synced")
    await tab.until("rooms")


async def test_a_list_that_is_still_right_is_not_asked_for_again(
    ana: User, ben: User, harbour: Room, open_tab: Opener
) -> None:
    tally = await drawn(ben, "general")
    await sync_to_async(post)(await Room.objects.aget(slug="general"), ana)  # the room he looks at is not counted

    tab = await open_tab(ben, "general", HTML)
    for said in ({"tally": tally}, {}, {"tally": None}, {"tally": "x"}):
        await tab.send(type="sync", since=0, **said)
        await tab.until("synced")
    await settle()
    await tab.sync(0)

    assert not any(frame["type"] == "rooms" for frame in tab.seen)


def take_back(message: Message) -> None:
    messages.delete_message(message=message, by=message.author)


def edit_out(message: Message) -> None:
    messages.edit_message(message=message, by=message.author, text="and you?")


@pytest.mark.parametrize("happens", [take_back, edit_out])
async def test_a_page_elsewhere_hears_that_one_is_named_no_longer(
    ana: User, ben: User, harbour: Room, open_tab: Opener, happens
) -> None:
    tab = await open_tab(ben, "general", HTML)
    posted = await sync_to_async(messages.post_message)(room=harbour, author=ana, text="and you, @ben?")
    await tab.until("mention")
    assert await named(ben, "harbour") == 1

    await sync_to_async(happens)(posted.message)

    await tab.until("rooms")
    assert await named(ben, "harbour") == 0


async def named(reader: User, room: str) -> int:
    """As often as a page of another room, drawn now, says of this one."""
    page = await fetch("/rooms/general/", await sync_to_async(browser)(reader))
    found = re.search(rf'<room-link data-room="{room}" [^>]*data-mentions="(\d+)"', page)
    assert found
    return int(found[1])


async def test_a_stream_that_opens_tells_it_too(ana: User, ben: User, harbour: Room, ask: Asker) -> None:
    tally = await drawn(ben, "general")
    await sync_to_async(post)(harbour, ana)

    stream = await ask(ben, path="/rooms/general/events/", method="GET", query=f"format=html&since=0&tally={tally}")

    while not (block := await stream.block()).startswith("event: rooms\n"):
        assert block, "the stream ended"
