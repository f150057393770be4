from __future__ import annotations

import asyncio

from asgiref.sync import sync_to_async

from chat.hub import current_hub
from chat.hub.catching import Catching
from chat.models import Room, User
from chat.services import messages


def post(room: Room, author: User, text: str) -> None:
    messages.post_message(room=room, author=author, text=text)


async def test_who_asks_while_others_are_answered_hears_what_was_committed_before_they_asked(
    ana: User, general: Room
) -> None:
    catching = Catching(current_hub().following)
    first = asyncio.ensure_future(catching.catch_up(general.pk, 0))
    await asyncio.sleep(0)
    await asyncio.sleep(0)  # its query has begun
    await sync_to_async(post)(general, ana, "in between")

    late = await asyncio.gather(*(catching.catch_up(general.pk, 0) for _ in range(5)))

    await first
    await general.arefresh_from_db()
    assert {answer.revision for answer in late} == {general.revision}
    assert [change.author for change in late[0].changes or ()][-1] == ana.pk


async def test_all_who_ask_at_once_are_answered_by_one_reading(ana: User, general: Room) -> None:
    await sync_to_async(post)(general, ana, "hello")
    catching = Catching(current_hub().following)

    answers = await asyncio.gather(*(catching.catch_up(general.pk, 0) for _ in range(30)))

    assert len(set(map(id, answers))) == 1


async def test_who_leaves_does_not_take_the_answer_from_the_others(ana: User, general: Room) -> None:
    await sync_to_async(post)(general, ana, "hello")
    catching = Catching(current_hub().following)
    leaving = asyncio.ensure_future(catching.catch_up(general.pk, 0))
    staying = asyncio.ensure_future(catching.catch_up(general.pk, 0))
    await asyncio.sleep(0)

    leaving.cancel()

    await general.arefresh_from_db()
    assert (await staying).revision == general.revision


async def test_a_question_that_failed_may_be_asked_again(ana: User, general: Room) -> None:
    catching = Catching(current_hub().following)
    await asyncio.gather(catching.catch_up(general.pk + 999, 0), return_exceptions=True)

    answer = await catching.catch_up(general.pk, 0)

    await general.arefresh_from_db()
    assert answer.revision == general.revision
