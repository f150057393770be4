from __future__ import annotations

import asyncio
import threading

import pytest
from asgiref.sync import sync_to_async

from chat import limits
from chat.catchup import CatchUp
from chat.hub import current_hub
from chat.hub.catching import Catching
from chat.models import Room, User
from chat.services import messages
from tests.realtime.conftest import Opener


def post(room: Room, author: User, text: str) -> None:
    messages.post_message(room=room, author=author, text=text)


async def test_who_asks_while_others_are_answered_hears_what_was_committed_before_they_asked(
    ana: User, general: Room
) -> None:
    catching = Catching(current_hub().following)
    first = asyncio.ensure_future(catching.catch_up(general.pk, 0, asker=ana.pk))
    await asyncio.sleep(0)
    await asyncio.sleep(0)  # its query has begun
    await sync_to_async(post)(general, ana, "in between")

    late = await asyncio.gather(*(catching.catch_up(general.pk, 0, asker=ana.pk) for _ in range(5)))

    await first
    await general.arefresh_from_db()
    assert {answer.revision for answer in late} == {general.revision}
    assert [change.author for change in late[0].changes or ()][-1] == ana.pk


async def test_all_who_ask_at_once_are_answered_by_one_reading(ana: User, general: Room) -> None:
    await sync_to_async(post)(general, ana, "hello")
    catching = Catching(current_hub().following)

    answers = await asyncio.gather(*(catching.catch_up(general.pk, 0, asker=ana.pk) for _ in range(30)))

    assert len(set(map(id, answers))) == 1


async def test_who_leaves_does_not_take_the_answer_from_the_others(ana: User, general: Room) -> None:
    await sync_to_async(post)(general, ana, "hello")
    catching = Catching(current_hub().following)
    leaving = asyncio.ensure_future(catching.catch_up(general.pk, 0, asker=ana.pk))
    staying = asyncio.ensure_future(catching.catch_up(general.pk, 0, asker=ana.pk))
    await asyncio.sleep(0)

    leaving.cancel()

    await general.arefresh_from_db()
    assert (await staying).revision == general.revision


async def test_a_question_that_failed_may_be_asked_again(ana: User, general: Room) -> None:
    catching = Catching(current_hub().following)
    await asyncio.gather(catching.catch_up(general.pk + 999, 0, asker=ana.pk), return_exceptions=True)

    answer = await catching.catch_up(general.pk, 0, asker=ana.pk)

    await general.arefresh_from_db()
    assert answer.revision == general.revision


async def test_one_person_has_two_read_at_a_time_in_order_and_others_do_not_wait(
    ana: User, ben: User, general: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    catching, may_go_on, began = Catching(current_hub().following), threading.Event(), list[int]()

    def slow(room: int, since: int) -> CatchUp:
        began.append(since)
        assert may_go_on.wait(10)
        return CatchUp(since, ())

    monkeypatch.setattr("chat.hub.catching.catch_up", slow)
    hers = [asyncio.ensure_future(catching.catch_up(general.pk, since, asker=ana.pk)) for since in range(1, 9)]
    his = asyncio.ensure_future(catching.catch_up(general.pk, 100, asker=ben.pk))
    while len(began) < 3:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)

    assert sorted(began) == [1, 2, 100]
    hers[2].cancel()  # who has left is not read for
    may_go_on.set()
    await his
    await asyncio.gather(*hers, return_exceptions=True)
    assert sorted(began) == [1, 2, 4, 5, 6, 7, 8, 100]
    assert [abs(place - since) <= 2 for place, since in enumerate(one for one in began if one < 100)] == [True] * 7


@pytest.mark.parametrize(("command", "most"), [("sync", "SYNCS"), ("read", "READS")])
async def test_who_asks_without_end_is_refused_and_told_how_long(
    ana: User, ben: User, general: Room, open_tab: Opener, monkeypatch: pytest.MonkeyPatch, command: str, most: str
) -> None:
    monkeypatch.setattr(getattr(limits, most), "most", 3)
    first, second, other = [await open_tab(who, "general") for who in (ana, ana, ben)]
    asked, answer = {"type": command, "since": 0, "sequence": 0}, "synced" if command == "sync" else "read"

    for tab in (first, first, first, other):
        await tab.send(**asked)
        await tab.until(answer)
    await second.send(**asked)

    refusal = await second.until("error")
    assert (refusal["code"], 0 < refusal["retry_after"] <= 10) == ("rate_limited", True)
