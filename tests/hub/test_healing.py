"""What a hub was never told of is found by number, and read: once, whole and in order."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from chat.catchup import catch_up
from chat.hub import Hub, current_hub, watch
from chat.models import Message, Room, User, pages
from chat.services import messages, rooms
from tests.hub.lost import quietly, texts_of
from tests.realtime.conftest import Opener
from tests.realtime.tabs import Tab


async def test_what_is_missing_is_read_once_for_all(
    ana: User, ben: User, harbour: Room, open_tab: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    tabs = [await open_tab(user, harbour.slug) for user in (ana, ben, ben)]
    reads: list[tuple[int, int]] = []

    def counted(room_id: int, since: int, limit: int) -> Any:
        reads.append((room_id, since))
        return catch_up(room_id, since, limit)

    monkeypatch.setattr("chat.hub.desk.catch_up", counted)
    events = await quietly(harbour, ana, "lost", "also lost", "heard")

    current_hub().take(events[2])

    for tab in tabs:
        assert await texts_of(tab, 3) == ["lost", "also lost", "heard"]
    await tabs[0].silence(0.15)
    assert len(reads) == 1


async def test_what_comes_by_itself_while_it_is_read_is_heard_once(
    ana: User, harbour: Room, open_tab: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    tab = await open_tab(ana, harbour.slug)
    await tab.until("welcome")
    late, early = await quietly(harbour, ana, "late", "early")
    hub = current_hub()

    def slowly(room_id: int, since: int, limit: int) -> Any:
        found = catch_up(room_id, since, limit)
        hub.loop.call_soon_threadsafe(hub.take, late)
        messages.post_message(room=harbour, author=ana, text="meanwhile")
        return found

    with monkeypatch.context() as patched:
        patched.setattr("chat.hub.desk.catch_up", slowly)
        hub.take(early)
        assert await texts_of(tab, 3) == ["late", "early", "meanwhile"]

    await tab.say("and on")
    assert await texts_of(tab, 1) == ["and on"]
    await tab.silence(0.15)


async def test_what_is_missed_while_the_room_is_being_read_is_read_then(
    ana: User, harbour: Room, open_tab: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As by who subscribes at that moment: nobody tells them of what lies between what was read and their first."""
    tab = await open_tab(ana, harbour.slug)
    await tab.until("welcome")
    has_read, may_answer = threading.Event(), threading.Event()

    def slowly(room_id: int, since: int, limit: int) -> Any:
        found = catch_up(room_id, since, limit)
        has_read.set()
        assert may_answer.wait(10)
        return found

    monkeypatch.setattr("chat.hub.desk.catch_up", slowly)
    desk = current_hub().desks[harbour.pk]
    desk.heal()
    assert await asyncio.to_thread(has_read.wait, 10)
    await quietly(harbour, ana, "missed")

    desk.heal()
    may_answer.set()

    assert await texts_of(tab, 1) == ["missed"]


async def test_what_is_noticed_while_something_else_is_waited_for_is_read_all_the_same(
    ana: User, harbour: Room, open_tab: Opener
) -> None:
    tab = await open_tab(ana, harbour.slug)
    await tab.until("welcome")
    late, early, lost = await quietly(harbour, ana, "late", "early", "lost")

    current_hub().take(early)
    current_hub().desks[harbour.pk].notice(lost["revision"])
    current_hub().take(late)

    assert await texts_of(tab, 3) == ["late", "early", "lost"]


async def test_what_is_read_is_heard_in_order_though_the_room_itself_changed_last(
    ana: User, harbour: Room, open_tab: Opener
) -> None:
    tab = await open_tab(ana, harbour.slug)
    await tab.until("welcome")
    await quietly(harbour, ana, "lost")
    await sync_to_async(partial(rooms.change_room, room=harbour, by=ana, topic="Boats"))()

    heard = [await tab.next() for _ in range(2)]

    assert [frame["type"] for frame in heard] == ["message.created", "room"]


async def test_what_nobody_announced_is_found_by_the_heartbeat(ana: User, harbour: Room, open_tab: Opener) -> None:
    tab = await open_tab(ana, harbour.slug)
    await tab.until("welcome")
    await quietly(harbour, ana, "lost")

    await watch.beat(current_hub())

    await harbour.arefresh_from_db()
    assert (await tab.until("heartbeat"))["revision"] == harbour.revision
    assert await texts_of(tab, 1) == ["lost"]


async def test_too_much_to_be_told_has_everybody_read_the_room_anew(
    ana: User, ben: User, harbour: Room, open_tab: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat.hub.desk.HEAL_LIMIT", 2)
    tabs = [await open_tab(user, harbour.slug) for user in (ana, ben)]
    await quietly(harbour, ana, "one", "two", "three")

    current_hub().desks[harbour.pk].heal()

    await read_it_anew(tabs, harbour)


@pytest.mark.parametrize("found_by", ["the heartbeat", "a look"])
async def test_an_earlier_database_in_the_place_of_the_one_there_was_is_read_anew(
    ana: User, ben: User, harbour: Room, open_tab: Opener, found_by: str
) -> None:
    """Else the next messages would have numbers that everybody has heard of, and nobody would see them."""
    tabs = [await open_tab(ana, harbour.slug), await open_tab(ben, harbour.slug)]
    for text in ("kept", "gone", "gone, too"):
        await tabs[0].say(text)
        assert [await texts_of(tab, 1) for tab in tabs] == [[text]] * 2
    await sync_to_async(put_back)(harbour, by=2)

    if found_by == "the heartbeat":
        await watch.beat(current_hub())
    else:
        current_hub().desks[harbour.pk].heal()

    await read_it_anew(tabs, harbour)


async def read_it_anew(tabs: Sequence[Tab], room: Room) -> None:
    """They are told to, and hear what is said from then on."""
    await room.arefresh_from_db()
    for tab in tabs:
        assert await tab.until("resync") == {"type": "resync", "revision": room.revision}
    await tabs[0].say("said since")
    assert [await texts_of(tab, 1) for tab in tabs] == [["said since"]] * len(tabs)


def put_back(room: Room, *, by: int) -> None:
    Message.objects.filter(pk__in=list(room.messages.order_by("-pk").values_list("pk", flat=True)[:by])).delete()
    Room.objects.filter(pk=room.pk).update(revision=F("revision") - by, last_sequence=F("last_sequence") - by)


async def test_what_changes_while_the_missing_is_read_leaves_no_hole(
    ana: User, harbour: Room, open_tab: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    tab = await open_tab(ana, harbour.slug)
    await tab.until("welcome")
    await quietly(harbour, ana, "lost")
    read = pages.changed_since

    def late(room: Room, since: int, limit: int) -> Any:
        monkeypatch.undo()  # once: between the look at the room and the look at its messages
        rooms.change_room(room=harbour, by=ana, name="Port")
        messages.post_message(room=harbour, author=ana, text="late")
        return read(room, since, limit)

    monkeypatch.setattr(pages, "changed_since", late)
    current_hub().publisher.listener = lambda _: None

    await watch.beat(current_hub())
    assert await texts_of(tab, 1) == ["lost"]
    await watch.beat(current_hub())

    assert (await tab.until("room"))["room"]["name"] == "Port"
    assert await texts_of(tab, 1) == ["late"]


async def test_an_end_that_comes_while_the_missing_is_read_waits_for_no_heartbeat(
    ana: User, harbour: Room, open_tab: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    tab = await open_tab(ana, harbour.slug)
    await tab.until("welcome")
    (lost,) = await quietly(harbour, ana, "lost")
    desk, loop, ended = current_hub().desks[harbour.pk], asyncio.get_running_loop(), asyncio.Event()

    def slow(room_id: int, since: int, limit: int) -> Any:
        monkeypatch.undo()
        found = catch_up(room_id, since, limit)
        newer = messages.post_message(room=harbour, author=ana, text="lost, too").message
        loop.call_soon_threadsafe(desk.after, newer.revision, ended.set)
        return found

    monkeypatch.setattr("chat.hub.desk.catch_up", slow)
    current_hub().publisher.listener = lambda _: None
    desk.notice(lost["revision"])

    async with asyncio.timeout(5):
        await ended.wait()
    assert await texts_of(tab, 2) == ["lost", "lost, too"]


async def test_a_look_that_failed_is_not_the_last_one(
    ana: User, harbour: Room, open_tab: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = asyncio.Event()
    monkeypatch.setattr(watch, "TICK_SECONDS", 0.01)

    async def tick(hub: Hub, *, were_deaf: frozenset[int]) -> frozenset[int]:
        monkeypatch.setattr(watch, "tick", looking)
        raise ConnectionError("the database is away")

    async def looking(hub: Hub, *, were_deaf: frozenset[int]) -> frozenset[int]:
        looked.set()
        return frozenset()

    monkeypatch.setattr(watch, "tick", tick)
    await open_tab(ana, harbour.slug)

    async with asyncio.timeout(10):
        await looked.wait()


async def refuse(*args: object) -> None:
    raise ConnectionError("the broker is away")


async def test_a_room_that_is_not_subscribed_is_read_by_number(
    ana: User, harbour: Room, open_tab: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.layers.InMemoryChannelLayer.group_add", refuse)
    tab = await open_tab(ana, harbour.slug)
    await tab.until("welcome")

    await quietly(harbour, ana, "lost")

    assert await texts_of(tab, 1) == ["lost"]


@pytest.mark.parametrize("rooms", [1, 5])
async def test_heartbeats_cost_the_same_for_one_room_and_for_many(ana: User, open_tab: Opener, rooms: int) -> None:
    from chat.services.rooms import create_room

    for number in range(rooms):
        room = await sync_to_async(create_room)(by=ana, name=f"Room {number}")
        await open_tab(ana, room.slug)

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            watch.revisions_of(list(current_hub_desks))
        return len(queries)

    current_hub_desks = list(current_hub().desks)
    assert await sync_to_async(count)() == 1
