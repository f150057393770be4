"""Where an assistant cannot begin, the next in its chain answers, and the room is told why."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest
from asgiref.sync import sync_to_async

from chat import markup
from chat.models import Assistant, Attempt, Membership, Message, Reply, Room, UsageRecord, User
from chat.services import assistants
from chat.services.messages import delete_message, post_message
from tests import fake_llm
from tests.fake_llm import FakeLLM
from tests.realtime.conftest import Opener
from tests.realtime.tabs import HTML, Tab

OVERLOADED = fake_llm.error(503, "no room", retry_after="3600")  # told not to try again soon, so it fails at once


@pytest.fixture
def other_model() -> Iterator[FakeLLM]:
    with FakeLLM() as llm:
        yield llm


@pytest.fixture
def scribe(helper: User, other_model: FakeLLM) -> Assistant:
    """It stands in for helper, and is in no room."""
    stand_in = saved("scribe", other_model, prompt="You are Scribe in {room}.", model="other")
    saved("helper", fallback=stand_in)
    return stand_in


def saved(slug: str, llm: FakeLLM | None = None, **given: object) -> Assistant:
    served = {"provider": "openai", "base_url": llm.url} if llm else {}
    return assistants.save_assistant(slug=slug, **{**served, **given})[0]


async def ask(tab: Tab, text: str = "@helper count") -> int:
    await tab.say(text)
    while True:
        frame = await tab.until("message.created")
        if frame["message"]["author"]["kind"] == "assistant":
            return int(frame["message"]["id"])


async def attempt_of(message: int) -> Attempt:
    return await Attempt.objects.select_related("answered_by__user", "reply__assistant__user").aget(
        reply__message=message
    )


async def failed(tab: Tab, text: str = "@helper count") -> Attempt:
    """The attempt, once the room has heard that it failed."""
    message = await ask(tab, text)
    await tab.until("control", action="error")
    return await attempt_of(message)


async def test_the_next_in_the_chain_answers_in_the_same_attempt(
    ana: User, scribe: Assistant, model: FakeLLM, other_model: FakeLLM, open_tab: Opener
) -> None:
    model.answer(OVERLOADED)
    tab = await open_tab(ana, "general")

    message = await ask(tab)

    assert await tab.reply_text(message) == "1 2 3"
    attempt = await attempt_of(message)
    assert (attempt.number, attempt.status, attempt.answered_by) == (1, "complete", scribe)
    assert (attempt.fallback_kind, attempt.error_kind, attempt.model) == ("overloaded", "", "fake")
    sent = other_model.requests[0].json
    assert sent["model"] == "other"
    assert sent["messages"][0]["content"].startswith("You are Scribe in General.")
    assert sent["messages"][1]["content"] == "ana: @helper count"
    assert (await Message.objects.select_related("author").aget(pk=message)).author.username == "helper"


async def test_the_room_sees_why_while_it_waits_and_ever_after(
    ana: User, scribe: Assistant, model: FakeLLM, other_model: FakeLLM, open_tab: Opener
) -> None:
    model.answer(OVERLOADED)
    hold = fake_llm.Hold()
    other_model.answer(fake_llm.Script([hold.event, *fake_llm.stream_of("1 2 3")]))
    page = await open_tab(ana, "general", HTML)

    await page.say("@helper count")
    while "Asking scribe: helper is overloaded" not in (await page.until("message.updated"))["html"]:
        pass
    hold.release()
    await page.until("control", action="end")

    final = [frame for frame in page.seen if frame["type"] == "message.updated"][-1]["html"]
    assert "Answered by scribe: helper is overloaded" in final
    assert markup.render("1 2 3").html in final
    message = await Reply.objects.values_list("message", flat=True).aget()
    attempt = await attempt_of(message)
    assert attempt.reply.stand_in_note(attempt) == "answered by scribe: helper is overloaded"


@pytest.mark.parametrize(("status", "kind"), [(401, "auth"), (402, "quota"), (500, "server"), (503, "overloaded")])
async def test_what_it_is_not_to_be_asked_again_another_one_may_know(
    ana: User, scribe: Assistant, model: FakeLLM, open_tab: Opener, status: int, kind: str
) -> None:
    model.fail_with(status, x_should_retry="false")
    tab = await open_tab(ana, "general")

    message = await ask(tab)

    assert await tab.reply_text(message) == "1 2 3"
    assert (await attempt_of(message)).fallback_kind == kind


async def test_what_another_one_could_not_answer_either_is_not_handed_on(
    ana: User, scribe: Assistant, model: FakeLLM, other_model: FakeLLM, open_tab: Opener
) -> None:
    model.fail_with(404, "no such model")

    attempt = await failed(await open_tab(ana, "general"))

    assert (attempt.error_kind, attempt.answered_by, attempt.fallback_kind) == ("config", None, "")
    assert other_model.requests == []


@pytest.mark.parametrize("begun", [{"content": "half of"}, {"reasoning_content": "let me see"}])
async def test_once_somebody_has_begun_nobody_else_is_asked(
    ana: User, scribe: Assistant, model: FakeLLM, other_model: FakeLLM, open_tab: Opener, begun: dict[str, str]
) -> None:
    model.answer(fake_llm.Script([fake_llm.chunk(**begun)], end="reset"))

    attempt = await failed(await open_tab(ana, "general"))

    assert (attempt.error_kind, attempt.text) == ("network", begun.get("content", ""))
    assert other_model.requests == []


async def test_if_all_fail_it_is_the_first_ones_failure(
    ana: User, scribe: Assistant, model: FakeLLM, other_model: FakeLLM, open_tab: Opener
) -> None:
    model.answer(OVERLOADED)
    other_model.fail_with(401)

    attempt = await failed(await open_tab(ana, "general"))

    assert (attempt.error_kind, attempt.model) == ("overloaded", "fake")
    assert (attempt.answered_by, attempt.fallback_kind) == (None, "")
    assert len(other_model.requests) == 1


async def test_nobody_is_asked_twice_and_who_is_switched_off_or_silent_not_at_all(
    ana: User, scribe: Assistant, model: FakeLLM, other_model: FakeLLM, open_tab: Opener
) -> None:
    model.answer(OVERLOADED)
    other_model.answer(OVERLOADED)
    silent = await sync_to_async(saved)("silent", other_model, model="m")
    off = await sync_to_async(saved)("off", other_model, model="m", enabled=False)
    general = await Room.objects.aget(slug="general")
    await Membership.objects.acreate(room=general, user=silent.user, is_silent=True)
    chain = {"scribe": off, "off": silent, "silent": await Assistant.objects.aget(user__username="helper")}
    for slug, following in chain.items():  # a ring, as no form would save it
        await Assistant.objects.filter(user__username=slug).aupdate(fallback=following)

    attempt = await failed(await open_tab(ana, "general"))

    assert attempt.error_kind == "overloaded"
    assert (len(model.requests), len(other_model.requests)) == (1, 1)


async def test_a_stand_in_that_writes_as_many_as_it_may_is_passed_over(
    ana: User, helper: User, scribe: Assistant, model: FakeLLM, other_model: FakeLLM, open_tab: Opener
) -> None:
    with FakeLLM() as third:
        await sync_to_async(saved)("third", third, model="m")
        await Assistant.objects.filter(pk=scribe.pk).aupdate(
            at_once=1, fallback=await Assistant.objects.aget(user__username="third")
        )
        general = await Room.objects.aget(slug="general")
        await Membership.objects.acreate(room=general, user=scribe.user)
        hold = other_model.hold("busy")
        model.answer(OVERLOADED)
        tab = await open_tab(ana, "general")
        await ask(tab, "@scribe take your time")
        await asyncio.to_thread(other_model.wait_for_request)

        message = await ask(tab)
        assert await tab.reply_text(message) == "1 2 3"
        hold.release()

        assert (await attempt_of(message)).answered_by == await Assistant.objects.aget(user__username="third")
        assert len(other_model.requests) == 1


async def test_another_model_of_a_back_end_that_is_full_answers_in_the_place_that_was_taken(
    ana: User, scribe: Assistant, model: FakeLLM, other_model: FakeLLM, open_tab: Opener
) -> None:
    await sync_to_async(saved)("scribe", model, model="smaller", at_once=1)
    model.answer(OVERLOADED, fake_llm.Script(fake_llm.stream_of("1 2")))
    tab = await open_tab(ana, "general")

    message = await ask(tab)

    assert await tab.reply_text(message) == "1 2"
    assert [request.json["model"] for request in model.requests] == ["fake", "smaller"]


@pytest.mark.parametrize("refusal", [OVERLOADED, fake_llm.error(400, "maximum context length exceeded")])
async def test_a_question_that_is_deleted_meanwhile_is_asked_of_nobody_else(
    ana: User, scribe: Assistant, model: FakeLLM, other_model: FakeLLM, open_tab: Opener, refusal: fake_llm.Script
) -> None:
    hold = fake_llm.Hold()
    model.answer(replace(refusal, before_headers=[hold.event]))
    tab = await open_tab(ana, "general")
    message = await ask(tab)
    await asyncio.to_thread(model.wait_for_request)
    prompt = await Message.objects.aget(prompted__message=message)
    await sync_to_async(delete_message)(message=prompt, by=ana)

    hold.release()
    await tab.until("control", action="error")

    assert (len(model.requests), other_model.requests) == (1, [])


async def test_stopped_while_a_stand_in_thinks_it_is_stopped(
    ana: User, scribe: Assistant, model: FakeLLM, other_model: FakeLLM, open_tab: Opener
) -> None:
    model.answer(OVERLOADED)
    other_model.hold()
    tab = await open_tab(ana, "general")
    message = await ask(tab)
    request = await asyncio.to_thread(other_model.wait_for_request)

    await tab.send(type="reply.stop", id=message)

    assert (await tab.until("control", action="end"))["data"]["reason"] == "stopped"
    assert await asyncio.to_thread(request.was_abandoned.wait, 30)
    assert not await UsageRecord.objects.filter(state="reserved").aexists()


async def test_too_long_for_the_model_it_is_asked_once_more_with_half(
    ana: User, helper: User, model: FakeLLM, open_tab: Opener
) -> None:
    general = await Room.objects.aget(slug="general")
    for number in range(20):
        await sync_to_async(post_message)(room=general, author=ana, text=f"this is message {number} of twenty")
    model.answer(
        fake_llm.error(400, "maximum context length exceeded"), fake_llm.Script(fake_llm.stream_of("with less"))
    )
    tab = await open_tab(ana, "general")

    assert await tab.reply_text(await ask(tab)) == "with less"

    first, second = [request.json["messages"] for request in model.requests]
    assert first[0] == second[0]
    assert first[1]["content"].endswith(second[1]["content"])
    assert 5 < second[1]["content"].count("message") < 12
    assert second[1]["content"].endswith("ana: @helper count")


async def test_too_long_again_it_says_so(ana: User, helper: User, model: FakeLLM, open_tab: Opener) -> None:
    general = await Room.objects.aget(slug="general")
    for number in range(20):
        await sync_to_async(post_message)(room=general, author=ana, text=f"this is message {number} of twenty")
    model.fail_with(400, "maximum context length exceeded")

    attempt = await failed(await open_tab(ana, "general"))

    assert (attempt.error_kind, len(model.requests)) == ("context", 2)


async def test_a_question_that_is_too_long_by_itself_is_not_asked_twice(
    ana: User, helper: User, model: FakeLLM, open_tab: Opener
) -> None:
    model.fail_with(400, "maximum context length exceeded")

    attempt = await failed(await open_tab(ana, "general"), "@helper " + "word " * 2_000)

    assert (attempt.error_kind, len(model.requests)) == ("context", 1)
