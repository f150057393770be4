"""What people think of an answer reaches the back end that wrote it, if that wants to know."""

from __future__ import annotations

import pytest
from asgiref.sync import sync_to_async

from chat.models import Assistant, Feedback, Message, Room, User
from chat.services.feedback import give_feedback, withdraw_feedback
from tests.fake_dify import FakeDify
from tests.realtime.conftest import Opener
from tests.realtime.tabs import ask
from tests.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)


async def test_what_is_said_of_an_answer_is_sent_on_and_taken_back(
    ana: User, general: Room, support: Assistant, dify: FakeDify, open_tab: Opener
) -> None:
    tab = await open_tab(ana, "general")
    reply = await ask(tab, "@support count")
    await tab.until("control", action="end")
    message = await Message.objects.aget(pk=reply)
    place = (dify.turns[0].message_id, dify.requests[0].json["user"])

    await sync_to_async(give_feedback)(message=message, by=ana, rating=-1, words="Too few")
    await until(lambda: dify.feedback.get(place) == ("dislike", "Too few"))
    await sync_to_async(withdraw_feedback)(message=message, by=ana)
    await until(lambda: dify.feedback[place][0] is None)


async def test_a_back_end_that_is_gone_costs_nobody_anything(
    ana: User, general: Room, support: Assistant, dify: FakeDify, open_tab: Opener, caplog: pytest.LogCaptureFixture
) -> None:
    tab = await open_tab(ana, "general")
    reply = await ask(tab, "@support count")
    await tab.until("control", action="end")
    await Assistant.objects.aupdate(base_url="http://127.0.0.1:9/v1")

    await sync_to_async(give_feedback)(message=await Message.objects.aget(pk=reply), by=ana, rating=1)

    assert await Feedback.objects.filter(user=ana, rating=1).aexists()
    await until(lambda: "feedback_refused" in caplog.text)
