from __future__ import annotations

import asyncio
from random import Random
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from chat import frames
from chat.consumers.showing import AHEAD_BYTES, AT_ONCE, tell_in_time
from chat.hub import current_hub
from chat.models import Message, Reply, Room, User
from chat.services import messages, rooms
from tests.realtime.conftest import Opener
from tests.realtime.tabs import HTML, JSON


def post(room: Room, author: User, text: str) -> Message:
    return messages.post_message(room=room, author=author, text=text).message


async def test_sync_brings_what_was_missed_in_order(ana: User, ben: User, harbour: Room, open_tab: Opener) -> None:
    first = await sync_to_async(post)(harbour, ana, "one")
    second = await sync_to_async(post)(harbour, ana, "two")
    await harbour.arefresh_from_db()
    since = harbour.revision
    await sync_to_async(messages.edit_message)(message=first, by=ana, text="one!")
    await sync_to_async(rooms.change_room)(room=harbour, by=ana, name="Haven")
    await sync_to_async(messages.delete_message)(message=second, by=ana)
    third = await sync_to_async(post)(harbour, ben, "three")
    fourth = await sync_to_async(post)(harbour, ben, "four")
    await sync_to_async(messages.delete_message)(message=fourth, by=ben)
    tab = await open_tab(ben, harbour.slug)
    await tab.until("welcome")

    answer = await tab.sync(since)

    ids = [(frame["type"], frame["message"]["id"]) for frame in answer if "message" in frame]
    assert ids == [
        ("message.updated", first.pk),
        ("message.deleted", second.pk),
        ("message.created", third.pk),
        ("message.deleted", fourth.pk),
    ]
    await harbour.arefresh_from_db()
    assert answer[-1] == {"type": "synced", "revision": harbour.revision}
    assert (answer[0]["type"], answer[0]["room"]["name"]) == ("room", "Haven")
    revisions = [frame["revision"] for frame in answer[1:-1]]
    assert revisions == sorted(set(revisions))


async def test_who_is_ahead_of_the_room_is_told_to_read_it_anew(ana: User, harbour: Room, open_tab: Opener) -> None:
    """As after a restore: what is said next would have numbers that their page has applied."""
    tab = await open_tab(ana, harbour.slug)
    await tab.until("welcome")
    await harbour.arefresh_from_db()

    assert await tab.sync(harbour.revision + 100) == [{"type": "resync", "revision": harbour.revision}]


async def test_ones_own_missed_message_comes_with_its_client_id(ana: User, ben: User, open_tab: Opener) -> None:
    hers = await open_tab(ana, "general")
    client_id = await hers.say("did it arrive?")
    await hers.until("message.created")

    again, his = await open_tab(ana, "general"), await open_tab(ben, "general")

    assert [f.get("client_id") for f in await again.sync(0) if f["type"] == "message.created"] == [client_id]
    assert [f.get("client_id") for f in await his.sync(0) if f["type"] == "message.created"] == [None]


async def test_too_much_missed_means_to_read_anew(
    ana: User, harbour: Room, open_tab: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat.catchup.catch_up.__defaults__", (3,))
    for number in range(4):
        await sync_to_async(post)(harbour, ana, str(number))
    tab = await open_tab(ana, harbour.slug)

    await harbour.arefresh_from_db()
    assert (await tab.sync(0))[-1] == {"type": "resync", "revision": harbour.revision}
    assert (await tab.sync(harbour.revision - 3))[-1]["type"] == "synced"


async def test_nothing_missed_is_answered_at_once(ana: User, harbour: Room, open_tab: Opener) -> None:
    tab = await open_tab(ana, harbour.slug)
    await tab.until("welcome")

    await harbour.arefresh_from_db()
    assert await tab.sync(harbour.revision) == [{"type": "synced", "revision": harbour.revision}]


class Page:
    """What a client shows, kept as the contract tells it to: by message id, ignoring what is not newer."""

    def __init__(self) -> None:
        self.revision = 0
        self.shown: dict[int, tuple[int, Any]] = {}

    def apply(self, frame: dict[str, Any]) -> None:
        if frame["type"] == "synced":
            self.revision = max(self.revision, frame["revision"])
        if not frame["type"].startswith("message."):
            return
        message, revision = self._identify(frame), int(frame["revision"])
        if revision > self.shown.get(message, (0, None))[0]:
            self.shown[message] = revision, self._content(frame)

    def contents(self) -> dict[int, Any]:
        return {message: content for message, (_, content) in sorted(self.shown.items())}

    @staticmethod
    def _identify(frame: dict[str, Any]) -> int:
        return int(frame["message"]) if "html" in frame else int(frame["message"]["id"])

    @staticmethod
    def _content(frame: dict[str, Any]) -> Any:
        if "html" in frame:
            return frame["html"].partition(">")[2]
        return None if frame["type"] == "message.deleted" else frame["message"]


@pytest.mark.parametrize("dialect", [JSON, HTML])
@pytest.mark.parametrize("seed", range(4))
async def test_a_page_brought_up_to_date_equals_a_fresh_page(
    ana: User, ben: User, helper: User, open_tab: Opener, dialect: str, seed: int
) -> None:
    random = Random(seed)
    general = await Room.objects.aget(slug="general")
    page = Page()
    for _ in range(6):
        for _ in range(random.randrange(4)):
            await sync_to_async(do_something)(general, random.choice([ana, ben]), random)
        tab = await open_tab(ana, "general", dialect)
        for frame in await tab.sync(page.revision):
            page.apply(frame)
        await tab.close()

    while await Reply.objects.filter(is_open=True).aexists():
        await asyncio.sleep(0.02)
    fresh = Page()
    last = await open_tab(ben, "general", dialect)
    for frame in await last.sync(0):
        fresh.apply(frame)
    for frame in await last.sync(page.revision):
        page.apply(frame)

    assert page.contents() == fresh.contents()


def do_something(room: Room, who: User, random: Random) -> None:
    own = list(Message.objects.filter(room=room, author=who, deleted_at=None))
    act = random.choice(["post", "post", "ask", "edit", "delete"])
    if act == "edit" and own:
        messages.edit_message(message=random.choice(own), by=who, text=f"*edited* {random.random()}")
    elif act == "delete" and own:
        messages.delete_message(message=random.choice(own), by=who)
    else:
        post(room, who, f"{'@helper hello' if act == 'ask' else 'said'} {random.random()}")


async def test_who_is_sent_away_in_the_middle_of_a_long_answer_is_told_no_more_of_it(
    ana: User, open_tab: Opener
) -> None:
    tab = await open_tab(ana, "general")
    await tab.until("welcome")
    hub = current_hub()
    (socket,) = hub.attendance.everybody()
    socket._line_bytes = AHEAD_BYTES + 1  # who reads nothing at all
    answer = [frames.plain(type="heartbeat", revision=number) for number in range(3 * AT_ONCE)]

    telling = asyncio.create_task(tell_in_time(socket, answer))
    await asyncio.sleep(0)
    hub.leave(socket)
    await telling

    assert [(await tab.next())["revision"] for _ in range(AT_ONCE)] == list(range(AT_ONCE))
    await tab.silence()
