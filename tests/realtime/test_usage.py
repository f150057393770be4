"""A reply that nobody may write, as everybody in the room sees it."""

from __future__ import annotations

import asyncio

import pytest
from asgiref.sync import sync_to_async

from chat.models import Message, Room, SiteSettings, UsageLimit, UsageRecord, User
from chat.models.usage import UsageDay
from chat.replies import ledger
from chat.replies.checkpoints import Checkpoints
from chat.replies.pulse import Pulses
from chat.replies.writing import Writing
from chat.services.assistants import save_assistant
from chat.services.messages import delete_message, post_message
from chat.services.people import create_person, deactivate
from chat.services.sites import switch_assistants
from tests.fake_llm import FakeLLM, Script, chunk, event
from tests.realtime.conftest import Opener
from tests.realtime.tabs import HTML


async def test_a_reply_over_the_limit_is_refused_in_plain_words_for_both(
    ana: User, ben: User, helper: User, model: FakeLLM, open_tab: Opener
) -> None:
    await UsageLimit.objects.acreate(scope="person", person=ana, tokens_per_day=100)
    await UsageLimit.objects.acreate(scope="room", tokens_per_day=1_000_000)
    hers, his = await open_tab(ana, "general", HTML), await open_tab(ben, "general")

    await hers.say("@helper count")
    told = await his.until("control", action="error")
    shown = await hers.until("control", action="error")

    assert (told["data"]["code"], told["data"]["retryable"]) == ("limit", False)
    assert told["data"]["detail"] in hers.seen[-2]["html"]
    assert told["data"]["detail"].startswith("The limit of ana leaves too little for this.")
    assert " It starts anew at 00:00 UTC (in " in told["data"]["detail"]
    assert shown["data"] == told["data"]
    assert model.requests == []


async def test_the_limit_of_one_is_not_the_limit_of_another(
    ana: User, ben: User, helper: User, model: FakeLLM, open_tab: Opener
) -> None:
    await UsageLimit.objects.acreate(scope="person", person=ana, tokens_per_day=0)
    his = await open_tab(ben, "general")

    await his.say("@helper count")
    await his.until("control", action="end")

    record = await UsageRecord.objects.aget()
    assert (record.person_id, record.state) == (ben.pk, "settled")
    assert (record.prompt_tokens, record.completion_tokens) == (9, 3)


@pytest.mark.parametrize(("knows", "state", "used"), [(False, "settled", (9, 3)), (True, "released", (0, 0))])
async def test_what_is_set_aside_for_a_reply_that_was_just_deleted_is_concluded(
    general: Room, ana: User, helper: User, open_tab: Opener, knows: bool, state: str, used: tuple[int, int]
) -> None:
    await sync_to_async(post_message)(room=general, author=ana, text="@helper count")
    (lease,) = await sync_to_async(ledger.claim)("one", 10)
    answer = await Message.objects.aget(author=helper)
    await sync_to_async(delete_message)(message=answer, by=helper)

    writing = Writing(lease, Pulses().of(general.pk), Checkpoints(), asyncio.Semaphore())
    if knows:
        writing.lost()
    await writing.run()

    record = await UsageRecord.objects.aget()
    assert (record.state, record.prompt_tokens, record.completion_tokens) == (state, *used)
    assert [(day.reserved_tokens, day.completion_tokens) async for day in UsageDay.objects.all()] == [(0, used[1])] * 3


async def test_a_cost_that_is_in_no_dollars_keeps_no_answer_from_its_end(
    ana: User, helper: User, model: FakeLLM, open_tab: Opener
) -> None:
    used = {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12, "cost": 5_000_000}
    model.answer(Script([chunk(content="1 2 3"), chunk("stop"), event({"choices": [], "usage": used})]))
    tab = await open_tab(ana, "general")

    await tab.say("@helper count")
    told = await tab.until("control", action="end")

    assert told["data"]["usage"] == {"prompt": 9, "completion": 3, "total": 12}
    record = await UsageRecord.objects.aget()
    assert (record.state, record.cost) == ("settled", None)


async def test_switched_off_on_the_site_whoever_is_named_says_so(
    ana: User, helper: User, model: FakeLLM, open_tab: Opener
) -> None:
    tab = await open_tab(ana, "general")
    await SiteSettings.objects.acreate(pk=1, has_assistants=False)

    await tab.say("@helper count")
    told = await tab.until("control", action="error")

    assert (told["data"]["code"], told["data"]["detail"]) == ("off", "Assistants are switched off here.")
    assert model.requests == []


async def test_switching_assistants_off_stops_what_they_write_and_keeps_it(
    ana: User, ben: User, helper: User, model: FakeLLM, open_tab: Opener
) -> None:
    root = await sync_to_async(create_person)(name="root", is_staff=True)
    model.hold("One, two")
    tab = await open_tab(ben, "general")
    await tab.say("@helper count")
    await tab.until("token")

    await sync_to_async(switch_assistants)(on=False, by=root)
    await tab.until("control", action="end")

    message = await Message.objects.aget(author=helper)
    assert (message.status, message.text) == ("stopped", "One, two")


async def test_an_assistant_that_is_switched_off_stops_what_it_writes_and_what_waits_for_it(
    ana: User, ben: User, helper: User, model: FakeLLM, open_tab: Opener
) -> None:
    await sync_to_async(save_assistant)(slug="helper", at_once=1)
    hold = model.hold("One, two", " three")
    tab = await open_tab(ben, "general")
    await tab.say("@helper count")
    await tab.until("token")
    await tab.say("@helper count on")
    while (await tab.until("message.created"))["message"]["status"] != "queued":
        pass

    await sync_to_async(save_assistant)(slug="helper", enabled=False)
    for _ in range(2):
        await tab.until("control", action="end")
    hold.release()

    replies = [(one.status, one.text) async for one in Message.objects.filter(author=helper).order_by("sequence")]
    assert replies == [("stopped", "One, two"), ("stopped", "")]
    assert len(model.requests) == 1
    assert await UsageRecord.objects.filter(state="reserved").acount() == 0


async def test_nobody_goes_on_with_what_was_asked_by_whose_account_is_closed(
    ana: User, ben: User, helper: User, model: FakeLLM, open_tab: Opener
) -> None:
    hers, his = await open_tab(ana, "general"), await open_tab(ben, "general")
    model.hold("One, two", " three")
    await hers.say("@helper count")
    await hers.until("token")
    second = model.hold("One", " more")
    await his.say("@helper count too")
    await asyncio.to_thread(model.wait_for_request, 2)

    await sync_to_async(deactivate)(person=ana, by=None)
    first = await his.until("control", action="end")
    second.release()
    other = await his.until("control", action="end")

    assert (first["data"]["reason"], other["data"]["reason"]) == ("stopped", "stop")
    assert (await Message.objects.aget(pk=first["message"])).text == "One, two"
