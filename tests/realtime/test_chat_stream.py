"""``POST /api/chat/stream``: a reply as it is written, over one HTTP request."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from chat import events
from chat.hub import current_hub, waiting
from chat.models import Membership, Message, Room, User
from chat.services import messages, rooms, tokens
from chat.services.replies import retry_reply
from tests.fake_llm import FakeLLM
from tests.realtime.asking import Event
from tests.realtime.conftest import Asker, Opener

QUESTION = {"message": "count to three", "room": "general", "assistant": "helper"}


def text_of(found: list[Event]) -> str:
    text = ""
    for event in found:
        if event.name == "message":
            text = event.content["content"] if event.content.get("anew") else text + event.content["content"]
    return text


@pytest.fixture
def _nobody_looks_by_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "LOOK_SECONDS", 3600.0)
    monkeypatch.setattr(waiting, "RECHECK_SECONDS", 3600.0)


@pytest.mark.usefixtures("_nobody_looks_by_the_clock")
async def test_the_words_come_in_order_and_then_the_whole_message(ana: User, helper: User, ask: Asker, model: FakeLLM):
    model.reply_with("one two three four", tokens_per_second=40)

    stream = await ask(ana, QUESTION)
    found = await stream.events()

    assert stream.status == 200
    assert stream.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert [event.content["sequence"] for event in found[:-1]] == list(range(1, len(found)))
    assert len(found) > 2
    assert text_of(found) == "one two three four"
    complete = found[-1]
    assert (complete.name, complete.content["status"]) == ("complete", "completed")
    assert complete.content["message"]["text"] == "one two three four"
    assert complete.content["usage"] == {"prompt": 9, "completion": 3, "total": 12}


async def test_the_same_words_are_in_the_room(ana: User, ben: User, helper: User, ask: Asker, open_tab: Opener):
    tab = await open_tab(ben, "general")

    found = await (await ask(ana, QUESTION)).events()

    prompt = await tab.until("message.created")
    reply = await tab.until("message.updated")
    assert (prompt["message"]["author"]["name"], prompt["message"]["text"]) == ("ana", "count to three")
    assert reply["message"] == found[-1].content["message"]


async def test_whoever_hangs_up_stops_nothing(ana: User, helper: User, ask: Asker, model: FakeLLM):
    hold = model.hold("one two", " three")
    stream = await ask(ana, QUESTION)
    assert (await stream.event()) is not None

    await stream.hang_up()
    hold.release()

    reply = await until_ended()
    assert (reply.status, reply.text) == ("complete", "one two three")
    assert len(current_hub().waiting) == 0
    assert current_hub().desks == {}


async def test_a_failure_is_told_with_its_code(ana: User, helper: User, ask: Asker, model: FakeLLM):
    model.fail_with(400, "This model's maximum context length is 10 tokens")

    (failed,) = await (await ask(ana, QUESTION)).events()

    assert failed.name == "error"
    assert set(failed.content) == {"code", "detail", "retryable"}
    assert (failed.content["code"], failed.content["retryable"]) == ("context", False)


async def test_a_reply_that_is_stopped_is_complete_as_far_as_it_went(
    ana: User, helper: User, ask: Asker, model: FakeLLM, open_tab: Opener
):
    model.hold("one", " two")
    tab = await open_tab(ana, "general")
    stream = await ask(ana, QUESTION)
    await stream.event()
    begun = await tab.until("control", action="start")

    await tab.send(type="reply.stop", id=begun["message"])
    found = await stream.events()

    assert (found[-1].name, found[-1].content["status"]) == ("complete", "stopped")
    assert found[-1].content["message"]["text"] == "one"


async def test_a_reply_that_is_deleted_meanwhile_is_told(ana: User, helper: User, ask: Asker, model: FakeLLM):
    model.hold("one two", " three")
    stream = await ask(ana, QUESTION)
    await stream.event()

    staff = await sync_to_async(User.objects.create)(username="root", is_staff=True)
    reply = await Message.objects.aget(author=helper)
    await sync_to_async(messages.delete_message)(message=reply, by=staff)
    found = await stream.events()

    assert (found[-1].name, found[-1].content["code"]) == ("error", "not_found")


async def test_a_frame_that_is_lost_is_healed_by_the_row(
    ana: User, helper: User, ask: Asker, model: FakeLLM, monkeypatch: Any
):
    """Whatever the broker drops: here every token, and the end."""
    model.reply_with("one two three", tokens_per_second=40)
    take = current_hub().take

    def take_little(event: Any) -> None:
        if event["kind"] not in ("tokens", "start", "end"):
            take(event)

    monkeypatch.setattr(current_hub().publisher, "listener", take_little)

    found = await (await ask(ana, QUESTION)).events()

    assert text_of(found) == "one two three"
    assert found[-1].name == "complete"


async def test_what_gives_way_is_told_anew(ana: User, helper: User, ask: Asker, model: FakeLLM):
    model.hold("wrong", "")
    stream = await ask(ana, QUESTION)
    first = await stream.event()
    reply = await Message.objects.aget(author=helper)

    grown = events.regrowth(
        reply.room_id, reply.pk, 1, 2, "right", [{"index": 0, "html": "<p>right</p>", "is_open": True, "text": None}],
        assistant="helper", prompt=1,
    )  # fmt: skip
    await asyncio.sleep(0.1)
    current_hub().take({"kind": "tokens", "room": reply.room_id, "growths": [grown]})
    second = await stream.event()

    assert first is not None
    assert second is not None
    assert second.content == {"content": "right", "sequence": first.content["sequence"] + 1, "anew": True}


async def test_the_same_client_id_is_the_same_question(ana: User, helper: User, ask: Asker, model: FakeLLM):
    question = {**QUESTION, "client_id": "7b0e2f3a-6f0b-4ad1-9c57-0f3a1d0e8a11"}

    first = await (await ask(ana, question)).events()
    again = await (await ask(ana, question)).events()

    assert again[-1] == first[-1]
    assert [event.name for event in again] == ["message", "complete"]
    assert len(model.requests) == 1


@pytest.mark.usefixtures("_nobody_looks_by_the_clock")
async def test_who_loses_the_room_hears_no_more_of_it(
    ana: User, ben: User, helper: User, harbour: Room, ask: Asker, model: FakeLLM
):
    await sync_to_async(rooms.add_member)(room=harbour, by=ana, user=helper)
    model.hold("one", " two")
    stream = await ask(ben, {**QUESTION, "room": harbour.slug})
    await stream.event()

    await sync_to_async(rooms.remove_member)(room=harbour, by=ana, user=ben)
    found = await stream.events()

    assert [(event.name, event.content["code"]) for event in found] == [("error", "not_found")]


async def test_who_lost_the_room_and_nobody_was_told_is_found_by_the_clock(
    ana: User, ben: User, helper: User, harbour: Room, ask: Asker, model: FakeLLM, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(waiting, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(waiting, "RECHECK_SECONDS", 0.0)
    await sync_to_async(rooms.add_member)(room=harbour, by=ana, user=helper)
    model.hold("one", " two")
    stream = await ask(ben, {**QUESTION, "room": harbour.slug})
    await stream.event()

    await Membership.objects.filter(room=harbour, user=ben).adelete()
    found = await stream.events()

    assert [(event.name, event.content["code"]) for event in found] == [("error", "not_found")]


@pytest.mark.usefixtures("_nobody_looks_by_the_clock")
async def test_a_revoked_token_ends_its_streams(ana: User, helper: User, ask: Asker, model: FakeLLM):
    model.hold("one", " two")
    stream = await ask(ana, QUESTION)
    await stream.event()

    token = await sync_to_async(ana.tokens.get)()
    await sync_to_async(tokens.revoke_token)(token=token, by=ana)
    found = await stream.events()

    assert [(event.name, event.content["code"]) for event in found] == [("error", "not_signed_in")]


async def test_a_server_that_ends_says_so_and_the_reply_goes_on(ana: User, helper: User, ask: Asker, model: FakeLLM):
    hold = model.hold("one", " two")
    stream = await ask(ana, QUESTION)
    await stream.event()

    await stream.end_server()
    found = await stream.events()
    hold.release()

    assert [(event.name, event.content["code"]) for event in found] == [("error", "unavailable")]
    assert found[0].content["retryable"] is True
    assert (await until_ended()).text == "one two"


async def test_another_attempt_is_waited_for(ana: User, helper: User, ask: Asker, model: FakeLLM):
    question = {**QUESTION, "client_id": "7b0e2f3a-6f0b-4ad1-9c57-0f3a1d0e8a11"}
    await (await ask(ana, question)).events()
    hold = model.hold("four", " five")
    reply = await Message.objects.aget(author=helper)
    await sync_to_async(retry_reply)(message=reply, by=ana)

    stream = await ask(ana, question)
    begun = await stream.event()
    hold.release()
    found = await stream.events()

    assert begun is not None
    assert text_of([begun, *found]) == "four five"


async def until_ended() -> Message:
    while True:
        reply = await Message.objects.filter(attempt_number__isnull=False).afirst()
        if reply is not None and not reply.is_running:
            return reply
        await asyncio.sleep(0.02)
