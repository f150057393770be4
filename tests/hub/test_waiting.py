"""Who waits for one reply is woken by it, and by nothing else; what is lost is found by one query for all."""

from __future__ import annotations

import asyncio

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from chat.access import NoSuchRoom, Ticket
from chat.hub import current_hub, waiting
from chat.hub.running import Running
from chat.hub.waiting import ended_among
from chat.models import Room, User
from chat.services.people import deactivate
from tests.factories import make_assistant, make_reply
from tests.realtime.conftest import Opener


def grown(*contents: str) -> Running:
    running = Running(message=1, attempt=1, assistant="helper", prompt=1, contents=["from the checkpoint"])
    for number, content in enumerate(contents, 1):
        assert running.apply({"kind": "token", "attempt": 1, "sequence": number, "content": content, "pieces": []})
    return running


@pytest.mark.parametrize("told", range(len("from the checkpoint one two") + 1))
def test_what_was_not_told_yet_is_told_once(told: int):
    whole = "from the checkpoint one two"

    assert grown(" one", " two").text_after(told) == whole[told:]


def test_what_gives_way_is_begun_anew():
    running = grown(" one")

    running.apply({"kind": "token", "attempt": 1, "sequence": 2, "content": "two", "pieces": [], "is_anew": True})

    assert (running.text_after(0), running.anew_at) == ("two", 2)


async def test_only_the_reply_that_is_waited_for_wakes(ana: User, general: Room, open_tab: Opener):
    here, ticket = current_hub().waiting, Ticket(ana.pk, general.pk)

    with here.for_reply(ticket, 7, 0) as seventh, here.for_reply(ticket, 8, 0) as eighth:
        assert await seventh.news(0.01)  # it may have ended before
        assert await eighth.news(0.01)
        here.tell(7)

        assert (await seventh.news(0.01), await eighth.news(0.01)) == (True, False)
        assert current_hub().desks[general.pk].waiters == 2
    assert (len(here), current_hub().desks) == (0, {})


async def test_a_waiter_is_nobody_who_is_here(ana: User, ben: User, general: Room, open_tab: Opener):
    tab = await open_tab(ben, "general")
    await tab.until("welcome")

    with current_hub().waiting.for_reply(Ticket(ana.pk, general.pk), 7, 0):
        await tab.silence()


async def test_what_ended_is_found_also_after_the_database_was_away(
    ana: User, general: Room, open_tab: Opener, monkeypatch: pytest.MonkeyPatch
):
    failures = [OperationalError("it is away")]

    def away_at_first(messages: list[int]) -> list[int]:
        if failures:
            raise failures.pop()
        return ended_among(messages)

    monkeypatch.setattr(waiting, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(waiting, "ended_among", away_at_first)

    with current_hub().waiting.for_reply(Ticket(ana.pk, general.pk), 999_999, 0) as waiter:
        assert await waiter.news(0.01)  # it may have ended before
        assert await waiter.news(20)
    assert failures == []


async def test_who_was_turned_away_before_they_waited_hears_of_it(ana: User, general: Room, open_tab: Opener):
    """Between the look at who asks and this, an announcement finds nobody."""
    hub, heard = current_hub(), asyncio.Event()
    hub.on("access", lambda event: heard.set())
    doubts = hub.waiting.doubts
    await sync_to_async(deactivate)(person=ana, by=None)
    await heard.wait()

    with hub.waiting.for_reply(Ticket(ana.pk, general.pk), 7, 0, doubts=doubts) as waiter:
        async with asyncio.timeout(10):
            while waiter.turned_away is None:
                await waiter.news(10)

    assert waiter.turned_away is NoSuchRoom


async def test_one_query_finds_all_that_ended(ana: User, general: Room):
    def ask() -> list[int]:
        helper = make_assistant("helper", general)
        return [make_reply(general, ana, helper).pk for _ in range(3)]

    running = await sync_to_async(ask)()

    def look() -> tuple[list[int], int]:
        with CaptureQueriesContext(connection) as queries:
            return ended_among([*running, 999_999]), len(queries)

    assert await sync_to_async(look)() == ([999_999], 1)
