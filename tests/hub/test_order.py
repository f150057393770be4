"""Announcements come in any order, twice, or not at all: sockets hear of each change once, in order."""

from __future__ import annotations

import pytest

from chat import events
from chat.hub import current_hub
from chat.models import Attempt, Message, Room, User
from tests.hub.lost import quietly, texts_of
from tests.realtime.conftest import Opener


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (0, 0, 1, 1, 2, 0)])
async def test_any_order_is_heard_in_order_and_once(
    ana: User, harbour: Room, open_tab: Opener, monkeypatch: pytest.MonkeyPatch, order: tuple[int, ...]
) -> None:
    """Nothing is missing in the end, so nothing is read."""
    reads: list[object] = []
    monkeypatch.setattr("chat.hub.desk.catch_up", lambda *asked: reads.append(asked))
    tab = await open_tab(ana, harbour.slug)
    await tab.until("welcome")
    events = await quietly(harbour, ana, "one", "two", "three")

    for number in order:
        current_hub().take(events[number])

    assert await texts_of(tab, 3) == ["one", "two", "three"]
    await tab.silence(0.15)
    assert reads == []


async def test_a_reply_begins_behind_its_message(ana: User, harbour: Room, open_tab: Opener) -> None:
    tab = await open_tab(ana, harbour.slug)
    await tab.until("welcome")
    earlier, its_message = await quietly(harbour, ana, "somebody else's, told late", "asked")
    reply = Message(pk=7, room=harbour, revision=its_message["revision"])

    current_hub().take(its_message)
    events.reply_started(reply, attempt=1, assistant="helper", prompt=6)
    await tab.silence(0.02)
    current_hub().take(earlier)

    heard = [(await tab.next())["type"] for _ in range(3)]
    assert heard == ["message.created", "message.created", "control"]


async def test_a_reply_ends_behind_its_last_change(ana: User, harbour: Room, open_tab: Opener) -> None:
    tab = await open_tab(ana, harbour.slug)
    await tab.until("welcome")
    earlier, its_message = await quietly(harbour, ana, "somebody else's, told late", "answered")
    reply = Message(pk=7, room=harbour, revision=its_message["revision"])

    current_hub().take(its_message)
    events.reply_ended(reply, Attempt(number=1, finish="stop"))
    await tab.silence(0.02)
    current_hub().take(earlier)

    heard = [(await tab.next())["type"] for _ in range(3)]
    assert heard == ["message.created", "message.created", "control"]


async def test_nothing_begins_that_has_ended_before_its_message_could_be_told(
    ana: User, harbour: Room, open_tab: Opener
) -> None:
    """Where the database was slow, the message comes with its last words: behind them a page shows no beginning."""
    tab = await open_tab(ana, harbour.slug)
    await tab.until("welcome")
    earlier, its_message = await quietly(harbour, ana, "somebody else's, told late", "answered")
    reply = Message(pk=7, room=harbour, revision=its_message["revision"])

    events.reply_started(reply, attempt=1, assistant="helper", prompt=6)
    events.reply_ended(reply, Attempt(number=1, finish="stop"))
    current_hub().take(earlier)
    current_hub().take(its_message)

    await tab.until("control", action="end")
    assert [frame["type"] for frame in tab.seen].count("control") == 1


async def test_no_words_of_a_reply_come_before_its_beginning(ana: User, harbour: Room, open_tab: Opener) -> None:
    """Those that came while it waited come with it."""
    tab = await open_tab(ana, harbour.slug)
    await tab.until("welcome")
    earlier, its_message = await quietly(harbour, ana, "somebody else's, told late", "asked")
    reply = Message(pk=7, room=harbour, revision=its_message["revision"])

    current_hub().take(its_message)
    events.reply_started(reply, attempt=1, assistant="helper", prompt=6)
    for number, word in ((1, "Hello"), (2, " there")):
        events.reply_grew(harbour.pk, [events.growth(harbour.pk, 7, 1, number, word, [])])
    await tab.silence(0.02)
    current_hub().take(earlier)
    events.reply_grew(harbour.pk, [events.growth(harbour.pk, 7, 1, 3, "!", [])])

    *_, start, token = [await tab.next() for _ in range(4)]
    assert (start["action"], start["data"]["sequence"], start["data"]["content"]) == ("start", 2, "Hello there")
    assert (token["sequence"], token["content"]) == (3, "!")


async def test_a_beginning_whose_message_was_lost_is_heard_behind_it(
    ana: User, harbour: Room, open_tab: Opener
) -> None:
    tab = await open_tab(ana, harbour.slug)
    await tab.until("welcome")
    (lost,) = await quietly(harbour, ana, "asked")

    events.reply_started(
        Message(pk=7, room=harbour, revision=lost["revision"]), attempt=1, assistant="helper", prompt=6
    )

    assert [(await tab.next())["type"] for _ in range(2)] == ["message.created", "control"]


async def test_a_broken_announcement_silences_nobody(ana: User, harbour: Room, open_tab: Opener) -> None:
    tab = await open_tab(ana, harbour.slug)

    current_hub().take({"kind": "change", "room": harbour.pk})
    await tab.say("still here")

    assert await texts_of(tab, 1) == ["still here"]
