"""Stopping a reply, having another attempt made, going on with it, asking somebody else."""

from __future__ import annotations

import asyncio

import pytest
from asgiref.sync import sync_to_async

from chat import events
from chat.models import Attempt, Membership, Message, Reply, Room, User
from chat.replies import leases
from chat.services import rooms
from tests import fake_llm
from tests.factories import make_assistant
from tests.fake_llm import FakeLLM
from tests.realtime.conftest import Opener
from tests.realtime.tabs import Tab, ask


async def test_an_owner_of_the_room_may_stop_it_and_what_is_written_stays(
    ana: User, ben: User, helper: User, model: FakeLLM, open_tab: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "RENEW_SECONDS", 600)  # it is heard, and not only found on the row
    model.hold("1 2 3")
    await Membership.objects.filter(user=ben).aupdate(role=Membership.Role.OWNER)
    hers, his = await open_tab(ana, "general"), await open_tab(ben, "general")
    reply = await ask(hers)
    await his.until("token")

    await his.send(type="reply.stop", id=reply)
    end = await hers.until("control", action="end")

    assert end["data"]["reason"] == "stopped"
    row = await Message.objects.select_related("reply__stopped_by").aget(pk=reply)
    assert row.status == "stopped"
    assert row.text.startswith("1")
    assert row.reply.stopped_by == ben
    assert await asyncio.to_thread(model.requests[0].was_abandoned.wait, 30)


async def test_another_member_may_not_stop_it(
    ana: User, ben: User, helper: User, model: FakeLLM, open_tab: Opener
) -> None:
    hold = model.hold("1")
    hers, his = await open_tab(ana, "general"), await open_tab(ben, "general")
    reply = await ask(hers)

    await his.send(type="reply.stop", id=reply)

    assert (await his.until("error"))["code"] == "forbidden"
    hold.release()
    assert await hers.reply_text(reply) == "1"


async def test_a_stranger_may_not_stop_it(ana: User, eve: User, helper: User, model: FakeLLM, open_tab: Opener) -> None:
    hold = model.hold("1")
    await sync_to_async(rooms.leave_room)(room=await Room.objects.aget(slug="general"), user=eve)
    hers, strangers = await open_tab(ana, "general"), await open_tab(eve, "general")
    reply = await ask(hers)

    await strangers.send(type="reply.stop", id=reply)

    assert (await strangers.until("error"))["code"] == "not_a_member"
    hold.release()
    await hers.reply_text(reply)


async def test_a_stop_that_nobody_heard_is_found_on_the_row(
    ana: User, helper: User, model: FakeLLM, open_tab: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "RENEW_SECONDS", 0.1)
    model.hold("1 2")
    tab = await open_tab(ana, "general")
    reply = await ask(tab)
    await tab.until("token")

    await Reply.objects.aupdate(stopped_by=ana)

    assert (await tab.until("control", action="end", message=reply))["data"]["reason"] == "stopped"


async def test_a_stop_that_is_heard_late_does_not_stop_the_next_attempt(
    ana: User, helper: User, model: FakeLLM, open_tab: Opener
) -> None:
    hold = fake_llm.Hold()
    words = [*fake_llm.tokens_of("1 2"), hold.event, *fake_llm.tokens_of(" 3"), *fake_llm.ending()]
    model.answer(fake_llm.error(401), fake_llm.Script(words))
    tab = await open_tab(ana, "general")
    reply = await ask(tab)
    await tab.until("control", action="error")
    await tab.send(type="reply.retry", id=reply)
    await tab.until("token")

    events.reply_stop_wanted((await Reply.objects.aget(message=reply)).pk, 1)
    hold.release()

    end = await tab.until("control", action="end")
    assert (end["attempt"], end["data"]["reason"]) == (2, "stop")


async def test_retry_is_the_next_attempt_of_the_same_message(
    ana: User, helper: User, model: FakeLLM, open_tab: Opener
) -> None:
    model.answer(fake_llm.error(401, "bad key sk-abcdefghijklmnop"), fake_llm.Script(fake_llm.stream_of("better")))
    tab = await open_tab(ana, "general")
    reply = await ask(tab)

    failed = await tab.until("control", action="error")
    assert failed["data"]["code"] == "auth"
    assert "sk-" not in str(failed)
    await tab.send(type="reply.retry", id=reply)

    assert (await tab.until("message.updated"))["message"]["status"] == "queued"
    assert (await tab.until("control", action="start"))["attempt"] == 2
    assert await tab.reply_text(reply) == "better"
    attempts = [(a.number, a.status, a.text) async for a in Attempt.objects.filter(reply__message=reply)]
    assert attempts == [(1, "failed", ""), (2, "complete", "better")]


async def test_a_failed_attempt_never_overwrites_a_good_one(
    ana: User, helper: User, model: FakeLLM, open_tab: Opener
) -> None:
    model.answer(fake_llm.Script(fake_llm.stream_of("good")), fake_llm.error(401))
    tab = await open_tab(ana, "general")
    reply = await ask(tab)
    await tab.until("control", action="end")

    await tab.send(type="reply.retry", id=reply)
    await tab.until("control", action="error")

    row = await Message.objects.aget(pk=reply)
    assert (row.status, row.text) == ("failed", "good")


async def test_what_was_written_before_a_break_is_kept(
    ana: User, helper: User, model: FakeLLM, open_tab: Opener
) -> None:
    model.answer(fake_llm.Script([*fake_llm.tokens_of("half of")], end="reset"))
    tab = await open_tab(ana, "general")
    reply = await ask(tab)

    failed = await tab.until("control", action="error")

    row = await Message.objects.select_related("reply__current").aget(pk=reply)
    assert (row.status, row.text) == ("failed", "half of")
    assert (failed["data"]["code"], failed["data"]["retryable"]) == ("network", True)
    assert failed["data"]["detail"] == row.reply.problem


async def test_retrying_what_still_runs_is_refused(ana: User, helper: User, model: FakeLLM, open_tab: Opener) -> None:
    hold = model.hold("1")
    tab = await open_tab(ana, "general")
    reply = await ask(tab)

    await tab.send(type="reply.retry", id=reply)

    assert (await tab.until("error"))["code"] == "still_running"
    hold.release()
    await tab.reply_text(reply)
    await tab.send(type="reply.stop", id=reply)
    assert (await tab.until("error"))["code"] == "not_running"


async def test_deleting_a_running_reply_ends_it(ana: User, helper: User, model: FakeLLM, open_tab: Opener) -> None:
    model.hold("secret")
    await User.objects.filter(pk=ana.pk).aupdate(is_staff=True)
    tab = await open_tab(await User.objects.aget(pk=ana.pk), "general")
    reply = await ask(tab)
    await tab.until("token")

    await tab.send(type="message.delete", id=reply)
    await tab.until("message.deleted")

    assert await asyncio.to_thread(model.requests[0].was_abandoned.wait, 30)
    row = await Message.objects.aget(pk=reply)
    assert (row.text, row.html, row.status) == ("", "", "stopped")
    assert not await Attempt.objects.exclude(text="").aexists()


async def stopped_after(tab: Tab, model: FakeLLM, words: str) -> int:
    hold = model.hold(words)
    reply = await ask(tab)
    await tab.until("token")
    await tab.send(type="reply.stop", id=reply)
    await tab.until("control", action="end")
    hold.release()
    return reply


async def test_a_reply_that_was_stopped_goes_on_and_its_tokens_are_the_whole_text(
    ana: User, ben: User, helper: User, model: FakeLLM, open_tab: Opener
) -> None:
    tab = await open_tab(ana, "general")
    reply = await stopped_after(tab, model, "Beans climb. Peas climb")
    before = (await Message.objects.aget(pk=reply)).text
    hold = model.hold("Peas climb too.", " Both want poles.")
    await tab.send(type="reply.continue", id=reply)
    await asyncio.to_thread(model.wait_for_request, 2)
    late = await open_tab(ben, "general")
    hold.release()

    texts = [await tab.reply_text(reply), await late.reply_text(reply)]

    message = await Message.objects.aget(pk=reply)
    assert message.text.startswith(before)
    assert texts == [message.text] * 2 == ["Beans climb. Peas climb too. Both want poles."] * 2
    attempts = [attempt async for attempt in Attempt.objects.order_by("number")]
    assert [(one.goes_on, one.text) for one in attempts] == [(False, before), (True, message.text)]


async def test_of_what_goes_on_with_one_word_that_word_is_told(
    ana: User, helper: User, model: FakeLLM, open_tab: Opener
) -> None:
    """It may be half of a longer one, until no more comes."""
    tab = await open_tab(ana, "general")
    reply = await stopped_after(tab, model, "Beans climb. Peas climb")

    model.reply_with("too")
    await tab.send(type="reply.continue", id=reply)

    assert await tab.reply_text(reply) == (await Message.objects.aget(pk=reply)).text == "Beans climb. Peas climb too"


async def test_another_assistant_of_the_room_is_asked_instead(
    ana: User, general: Room, helper: User, model: FakeLLM, open_tab: Opener
) -> None:
    await sync_to_async(make_assistant)("baker", general)
    tab = await open_tab(ana, "general")
    reply = await ask(tab)
    await tab.reply_text(reply)

    await tab.send(type="reply.retry", id=reply, assistant="baker")
    await tab.until("control", action="end", attempt=2)

    newest = await Attempt.objects.select_related("answered_by__user").aget(number=2)
    assert (newest.answered_by and newest.answered_by.slug, newest.model) == ("baker", "demo")
    assert len(model.requests) == 1
