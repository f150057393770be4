"""The broker loses how a reply went on, or ended: whoever comes now is told what is so, all the same."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Mapping
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async

from chat import events
from chat.catchup import CatchUp, catch_up
from chat.hub import current_hub, watch
from chat.hub.running import Running, load_running
from chat.models import Message, Room, User
from chat.services import messages
from tests.fake_llm import FakeLLM, Hold
from tests.realtime.conftest import Opener
from tests.realtime.tabs import Tab
from tests.waiting import until

LATE = ("change", "start", "tokens", "end")
HalfTold = tuple[Tab, Hold]


@pytest.fixture
async def half_told(ana: User, general: Room, helper: User, open_tab: Opener, model: FakeLLM) -> HalfTold:
    """Somebody reads the first half of a reply; the rest comes once it is released."""
    hold = model.hold("half", " and half")
    tab = await open_tab(ana, "general")
    await tab.say("@helper go on")
    await tab.until("token")
    return tab, hold


def lose(*kinds: str) -> list[Mapping[str, Any]]:
    """From now on; and what is lost."""
    hub = current_hub()
    lost: list[Mapping[str, Any]] = []
    hub.publisher.listener = lambda event: lost.append(event) if event["kind"] in kinds else hub.take(event)
    return lost


async def until_status(status: str) -> None:
    async with asyncio.timeout(20):
        while not await Message.objects.filter(attempt_number__gt=0, status=status).aexists():
            await asyncio.sleep(0.02)


async def test_a_reply_whose_end_was_lost_is_told_to_nobody_as_running(
    half_told: HalfTold, ana: User, open_tab: Opener
) -> None:
    _, hold = half_told
    lose("change", "end")

    await open_tab(ana, "general")  # and just before, somebody was told that it runs
    hold.release()
    await until_status("complete")

    answer = await (await open_tab(ana, "general")).sync(0)
    assert [frame for frame in answer if frame.get("action") == "start"] == []
    assert answer[-2]["message"]["text"] == "half and half"


async def test_a_reply_that_ends_unheard_while_its_room_is_read_is_told_to_nobody_as_running(
    half_told: HalfTold, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind its last words a page would show it as being written, for ever."""
    tab, hold = half_told
    lose("change", "end")

    def as_it_ends(room_id: int, since: int) -> CatchUp:
        hold.release()
        async_to_sync(until_status)("complete")
        return catch_up(room_id, since)

    monkeypatch.setattr("chat.hub.catching.catch_up", as_it_ends)

    assert [frame for frame in await tab.sync(0) if frame.get("action") == "start"] == []


async def test_a_reply_whose_end_was_lost_is_found_by_the_heartbeat(half_told: HalfTold, general: Room) -> None:
    _, hold = half_told
    lose("end")
    hold.release()
    await until_status("complete")
    hub = current_hub()
    assert len(list(hub.following.running_in(general.pk))) == 1

    await watch.beat(hub)

    assert list(hub.following.running_in(general.pk)) == []


@pytest.mark.parametrize("lost", [("end",), ("change", "end")])
async def test_whoever_has_seen_it_begin_is_told_how_it_ended(
    half_told: HalfTold, general: Room, lost: tuple[str, ...]
) -> None:
    """Programs wait for that; and it is told once, though it comes late."""
    tab, hold = half_told
    missed = lose(*lost)
    hold.release()
    await until_status("complete")
    await until(lambda: any(event["kind"] == "end" for event in missed))

    await watch.beat(current_hub())
    told = await until_ended(tab)
    for event in missed:
        current_hub().take(event)
    await tab.sync(0)

    heard = [frame for frame in tab.seen if frame.get("action") == "end"]
    assert heard == [told[-1]] == [json.loads(missed[-1]["json"])]
    changed = [frame for frame in tab.seen if frame["type"] == "message.updated"]
    assert tab.seen.index(changed[0]) < tab.seen.index(heard[0])
    assert changed[0]["revision"] == heard[0]["data"]["revision"]


async def test_a_word_that_was_lost_is_shown_though_no_other_follows(
    ana: User, general: Room, helper: User, open_tab: Opener, model: FakeLLM
) -> None:
    hold = model.hold("counted", " up")
    tab = await open_tab(ana, "general")
    lose("start")
    await sync_to_async(messages.post_message)(room=general, author=ana, text="@helper count")
    await until_status("streaming")

    shown: str | None = None  # nothing may follow before it has begun; and it may begin with the word, or before it
    while shown != "counted":
        frame = await tab.next()
        if frame["type"] == "control":
            shown = frame["data"]["content"]
        elif frame["type"] == "token" and shown is not None:
            shown += frame["content"]

    assert frame["attempt"] == 1
    hold.release()
    await tab.until("control", action="end")


async def test_an_end_that_comes_while_the_room_is_read_is_not_forgotten(half_told: HalfTold, general: Room) -> None:
    _, hold = half_told
    (reply,) = [running.message for running in current_hub().following.running_in(general.pk)]
    following = current_hub().following

    following.load(general.pk)
    await asyncio.sleep(0)  # the reading has begun, on a thread
    following.ended(general.pk, {"message": reply, "attempt": 1})
    await following.loaded(general.pk, 10)

    assert list(following.running_in(general.pk)) == []
    hold.release()


async def test_nor_is_one_that_ends_unheard_while_the_room_is_read_anew_shown_as_running(
    half_told: HalfTold, general: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    tab, hold = half_told
    has_read, has_ended = threading.Event(), threading.Event()

    def slow(room_id: int) -> list[Running]:
        found = load_running(room_id)
        has_read.set()
        has_ended.wait(20)
        return found

    monkeypatch.setattr("chat.hub.following.load_running", slow)
    lose("end")
    current_hub().following.load(general.pk)
    await asyncio.to_thread(has_read.wait, 20)
    hold.release()
    await tab.until("message.updated")
    has_ended.set()

    assert [frame for frame in await tab.sync(0) if frame.get("action") == "start"] == []


async def test_a_beginning_that_comes_after_its_end_is_told_to_nobody(
    ana: User, general: Room, helper: User, open_tab: Opener, model: FakeLLM
) -> None:
    held: list[Mapping[str, Any]] = []
    hub = current_hub()
    hub.publisher.listener = lambda event: held.append(event) if event["kind"] in LATE else hub.take(event)
    tab = await open_tab(ana, "general")
    await hub.following.loaded(general.pk, 10)  # else the room may be read while the reply runs, and says so rightly
    await tab.say("@helper go on")
    while not any(event["kind"] == "end" for event in held):
        await asyncio.sleep(0.02)

    for event in reversed(held):
        hub.take(event)

    told = await tab.sync(0)
    heard = [frame["action"] for frame in tab.seen if frame["type"] == "control"]
    assert heard == ["end"]
    assert told[-2]["message"]["status"] == "complete"
    assert list(hub.following.running_in(general.pk)) == []


@pytest.mark.parametrize("is_shared", [True, False])
async def test_a_reply_in_a_room_that_nobody_watches_is_kept_only_where_there_is_no_other_process(
    harbour: Room, general: Room, ana: User, open_tab: Opener, is_shared: bool
) -> None:
    """It may be left to another process, and then its end is not heard here."""
    await open_tab(ana, "general")
    hub = current_hub()
    hub.publisher.is_shared = is_shared
    message = Message(pk=7, room=harbour, revision=harbour.revision)

    events.reply_started(message, attempt=1, assistant="helper", prompt=6)
    events.reply_grew(harbour.pk, [events.growth(harbour.pk, 7, 1, 1, "Hello", [])])

    kept = [running.message for running in hub.following.running_in(harbour.pk)]
    assert kept == ([] if is_shared else [7])


async def test_nor_is_it_where_everybody_has_left_before_the_room_was_read(
    harbour: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub, may_go = current_hub(), threading.Event()
    hub.publisher.is_shared = True

    def load_slowly(room_id: int) -> list[Running]:
        may_go.wait(10)
        return [Running(7, 1, "helper", 6)]

    monkeypatch.setattr("chat.hub.following.load_running", load_slowly)
    hub.open_desk(harbour.pk, harbour.revision)
    await asyncio.sleep(0.05)
    hub.close_idle_desk(harbour.pk)
    await asyncio.sleep(0.05)
    may_go.set()
    await asyncio.sleep(0.2)

    assert list(hub.following.running_in(harbour.pk)) == []


async def test_last_words_that_come_while_the_room_is_read_anew_are_told_before_the_end(
    half_told: HalfTold, general: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    tab, hold = half_told
    has_ended = threading.Event()

    def slow(room_id: int) -> list[Running]:
        has_ended.wait(20)
        return load_running(room_id)

    monkeypatch.setattr("chat.hub.following.load_running", slow)
    current_hub().following.load(general.pk)
    hold.release()

    said = [frame["content"] for frame in await until_ended(tab) if frame["type"] == "token"]
    has_ended.set()
    assert "".join(said) == " and half"


async def until_ended(tab: Tab) -> list[dict[str, Any]]:
    frames = [await tab.next()]
    while not (frames[-1]["type"] == "control" and frames[-1]["action"] == "end"):
        frames.append(await tab.next())
    return frames
