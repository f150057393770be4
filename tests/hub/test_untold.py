"""What was stored and told to nobody: by a process that was killed in between, or where the database took it and could
not say so any more. Whoever finds that out has it told to the others, long before the next heartbeat."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError, connections

from chat import events
from chat.catchup import catch_up
from chat.hub import current_hub
from chat.models import Message, Room, User
from chat.replies import ledger
from chat.services import asking, messages, posting, reactions
from tests.fake_llm import FakeLLM
from tests.hub.lost import quietly, texts_of
from tests.realtime.conftest import Opener
from tests.realtime.tabs import Tab, ask

SOON = 5  # the heartbeat comes after 25 s


@pytest.fixture
async def tabs(ana: User, ben: User, harbour: Room, open_tab: Opener) -> tuple[Tab, Tab]:
    """Ana's, and that of Ben, who only listens."""
    hers, his = [await open_tab(user, harbour.slug) for user in (ana, ben)]
    for tab in (hers, his):
        await tab.until("welcome")
    return hers, his


async def heard_soon(tab: Tab) -> list[str]:
    async with asyncio.timeout(SOON):
        return await texts_of(tab, 1)


def unanswered(act: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """The database takes what is done once, and the line breaks before it says so."""

    def once(*given: Any, **named: Any) -> Any:
        monkeypatch.undo()
        line = connections["default"]  # of this thread
        commit = line.commit

        def taken() -> None:
            monkeypatch.undo()
            commit()
            raise OperationalError("the server closed the connection unexpectedly")

        monkeypatch.setattr(line, "commit", taken)
        return act(*given, **named)

    return once


async def test_what_is_sent_again_the_others_hear_too(ana: User, harbour: Room, tabs: tuple[Tab, Tab]) -> None:
    hers, his = tabs
    client_id = str(uuid4())
    await quietly(harbour, ana, "lost", client_id=client_id)

    await hers.say("lost", client_id=client_id)

    assert await heard_soon(his) == ["lost"]


async def test_what_was_told_is_not_told_again_to_the_others(tabs: tuple[Tab, Tab]) -> None:
    hers, his = tabs
    client_id = await hers.say("once")
    assert await heard_soon(his) == ["once"]

    await hers.say("once", client_id=client_id)

    assert await texts_of(hers, 2) == ["once"] * 2
    await his.silence(0.2)


async def test_what_somebody_finds_who_asks_what_they_missed_the_others_hear_too(
    ana: User, harbour: Room, tabs: tuple[Tab, Tab]
) -> None:
    hers, his = tabs
    await harbour.arefresh_from_db()
    await quietly(harbour, ana, "lost")

    await hers.sync(harbour.revision)

    assert await heard_soon(his) == ["lost"]


async def test_who_comes_and_finds_the_room_farther_on_has_it_read_for_all(
    ana: User, harbour: Room, tabs: tuple[Tab, Tab], open_tab: Opener
) -> None:
    await quietly(harbour, ana, "lost")

    await open_tab(ana, harbour.slug)

    assert await heard_soon(tabs[1]) == ["lost"]


async def test_where_something_for_all_was_lost_rooms_are_read_by_number(
    ana: User, harbour: Room, tabs: tuple[Tab, Tab]
) -> None:
    await quietly(harbour, ana, "lost")

    for number in (7, 9):
        current_hub().missed.hear("another process", number)

    assert [await heard_soon(tab) for tab in tabs] == [["lost"]] * 2


async def test_a_post_that_was_taken_and_not_answered_is_heard(
    tabs: tuple[Tab, Tab], monkeypatch: pytest.MonkeyPatch
) -> None:
    hers, his = tabs
    monkeypatch.setattr(posting, "post_message", unanswered(messages.post_message, monkeypatch))

    await hers.say("taken")

    assert (await hers.until("error"))["code"] == "unavailable"
    assert await heard_soon(his) == ["taken"]


CHANGES: dict[str, tuple[Callable[..., Any], dict[str, str]]] = {
    "message.deleted": (messages.delete_message, {}),
    "message.updated": (reactions.toggle_reaction, {"emoji": "🌊"}),
}


@pytest.mark.parametrize("kind", CHANGES)
async def test_a_change_by_whatever_way_that_was_taken_and_not_answered_is_seen(
    ana: User, harbour: Room, tabs: tuple[Tab, Tab], monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    act, given = CHANGES[kind]
    message = (await sync_to_async(messages.post_message)(room=harbour, author=ana, text="hello")).message

    with pytest.raises(OperationalError):
        await sync_to_async(unanswered(act, monkeypatch))(message=message, by=ana, **given)

    async with asyncio.timeout(SOON):
        assert (await tabs[1].until(kind))["message"]["id"] == message.pk


async def test_who_is_elsewhere_has_their_list_asked_for_by_what_was_not_answered(
    ana: User, ben: User, harbour: Room, open_tab: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    his = await open_tab(ben, "general")
    await his.until("welcome")

    with pytest.raises(OperationalError):
        await sync_to_async(unanswered(messages.post_message, monkeypatch))(room=harbour, author=ana, text="taken")

    async with asyncio.timeout(SOON):
        await his.until("rooms")


def test_what_failed_before_it_was_to_be_stored_is_no_doubt(harbour: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    doubts: list[int] = []
    monkeypatch.setattr("chat.events.transactions.room_in_doubt", doubts.append)

    with pytest.raises(OperationalError), events.changing(harbour.pk):
        raise OperationalError("the server closed the connection unexpectedly")

    assert doubts == []


async def test_the_end_of_a_reply_that_was_taken_and_not_answered_is_seen(
    ana: User, helper: User, model: FakeLLM, open_tab: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "finish", unanswered(ledger.finish, monkeypatch))
    tab = await open_tab(ana, "general")
    reply = await ask(tab)

    async with asyncio.timeout(SOON):
        ended = await tab.until("message.updated")

    assert (ended["message"]["id"], ended["message"]["status"]) == (reply, Message.Status.COMPLETE)


async def test_what_could_not_be_read_is_read_once_the_database_is_back(
    ana: User, harbour: Room, tabs: tuple[Tab, Tab], monkeypatch: pytest.MonkeyPatch
) -> None:
    await quietly(harbour, ana, "lost")
    failures = [OperationalError("away"), OperationalError("still")]

    def away_at_first(room_id: int, since: int, limit: int) -> Any:
        if failures:
            raise failures.pop()
        return catch_up(room_id, since, limit)

    monkeypatch.setattr("chat.hub.desk.catch_up", away_at_first)

    current_hub().desks[harbour.pk].heal()

    assert await heard_soon(tabs[1]) == ["lost"]
    assert failures == []


async def test_what_waits_for_a_number_of_a_database_that_is_gone_does_not_wait_for_ever(
    harbour: Room, tabs: tuple[Tab, Tab], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does its desk ask for it twenty times a second."""
    await harbour.arefresh_from_db()
    looks: list[int] = []

    def counted(room_id: int, since: int, limit: int) -> Any:
        looks.append(since)
        return catch_up(room_id, since, limit)

    monkeypatch.setattr("chat.hub.desk.catch_up", counted)
    has_ended = asyncio.Event()

    current_hub().desks[harbour.pk].after(harbour.revision + 5, has_ended.set)

    async with asyncio.timeout(SOON):
        await has_ended.wait()
    assert (await tabs[1].until("resync"))["revision"] == harbour.revision
    await tabs[1].silence(0.2)
    assert len(looks) == 1


async def test_what_a_program_asks_again_the_others_hear_too(
    ana: User, ben: User, general: Room, helper: User, open_tab: Opener
) -> None:
    his = await open_tab(ben, "general")
    await his.until("welcome")
    client_id = uuid4()
    question: dict[str, Any] = {"by": ana, "text": "what grows?", "room": "general", "assistant": "helper"}
    hub = current_hub()
    hub.publisher.listener = lambda _: None
    await sync_to_async(asking.ask)(**question, client_id=client_id)
    hub.publisher.listener = hub.take

    await sync_to_async(asking.ask)(**question, client_id=client_id)

    assert await heard_soon(his) == ["what grows?"]
