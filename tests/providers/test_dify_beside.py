"""What is said to an app beside the chat: stop, what people think, and whether it is there at all."""

from __future__ import annotations

import asyncio

import pytest

from chat.providers import (
    Backend,
    Cancellation,
    Cancelled,
    ChatRequest,
    Conversation,
    ProviderEvent,
    Started,
    TakesFeedback,
    Text,
    Turn,
    close_clients,
    create,
)
from tests.fake_dify import FakeDify, app, ends, in_json, paths_of, refusal, says, tells, until_stopped
from tests.fake_llm import Hold, Script
from tests.providers.asking import ask_app, backend_of, text_of

WHY = ChatRequest(turns=(Turn("user", "ben: why?"),), model="", conversation=Conversation("room-7"))
NOBODY = Backend(base_url="http://127.0.0.1:9/v1")


async def test_y9_a_stop_is_said_to_the_app_with_the_same_user(dify: FakeDify) -> None:
    dify.answers(app(says("1"), says(" 2"), until_stopped, ends))
    stop, events = Cancellation(), list[ProviderEvent]()

    async for event in stop.over(create("dify", backend_of(dify)).stream(WHY)):
        events.append(event)
        if text_of(events) == "1 2":
            stop.cancel()
    await close_clients()

    assert (text_of(events), events[-1]) == ("1 2", Cancelled())
    assert dify.turns[0].stopped.is_set()
    assert (paths_of(dify.calls), dify.calls[0].json) == (["/chat-messages/task-1/stop"], {"user": "room-7"})


@pytest.mark.parametrize(
    ("moment", "count"), [("before headers", 0), ("before first text", 1), ("in the middle", 1), ("after the end", 0)]
)
async def test_a_stop_is_said_as_soon_as_there_is_something_to_stop(dify: FakeDify, moment: str, count: int) -> None:
    hold = Hold()
    first = tells("workflow_started", data={})
    dify.answers(
        {
            "before headers": app(before_headers=[hold.event]),
            "before first text": app(first, hold.event, says("1"), ends),
            "in the middle": app(first, says("1"), hold.event, ends),
            "after the end": app(first, says("1"), ends, hold.event),
        }[moment]
    )
    stop, events = Cancellation(), list[ProviderEvent]()

    async def read() -> None:
        async for event in stop.over(create("dify", backend_of(dify)).stream(WHY)):
            events.append(event)

    reading = asyncio.create_task(read())
    request = await asyncio.to_thread(dify.wait_for_request)
    await asyncio.sleep(0.2)
    stop.cancel()
    await reading
    await close_clients()

    assert (events[-1], events.count(Cancelled()), len(dify.calls)) == (Cancelled(), 1, count)
    assert await asyncio.to_thread(request.was_abandoned.wait, 1)


async def test_y9_a_cancelled_task_stops_the_app_and_stays_cancelled(dify: FakeDify) -> None:
    dify.answers(app(says("1"), until_stopped, ends))
    first = asyncio.Event()

    async def read() -> None:
        async for event in create("dify", backend_of(dify)).stream(WHY):
            if isinstance(event, Text):
                first.set()

    reading = asyncio.create_task(read())
    await first.wait()
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    await close_clients()

    assert dify.turns[0].stopped.is_set()


async def test_a_stop_the_server_does_not_answer_holds_nobody_up(
    dify: FakeDify, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat.providers.dify.calls.STOP_SECONDS", 1.0)
    monkeypatch.setattr(dify, "_stop", lambda *_: Script(end="silence"))
    dify.answers(app(says("1"), until_stopped, ends))
    stream = create("dify", backend_of(dify)).stream(WHY)
    async for event in stream:
        if isinstance(event, Text):
            break

    await stream.aclose()
    await close_clients()

    assert paths_of(dify.calls) == ["/chat-messages/task-1/stop"]


async def test_an_answer_that_ended_is_not_stopped(dify: FakeDify) -> None:
    await ask_app(dify)
    dify.answers(app(tells("error", status=500, code="internal_server_error", message="no")))
    await ask_app(dify)
    await close_clients()

    assert dify.calls == []


async def test_what_people_think_of_an_answer_is_passed_on(dify: FakeDify) -> None:
    events = await ask_app(dify, WHY)
    (message,) = [event.request_id for event in events if isinstance(event, Started)]
    provider = create("dify", backend_of(dify))
    assert isinstance(provider, TakesFeedback)

    assert await provider.feedback(message, "like", "helped", "room-7") is True
    assert dify.feedback == {("message-1", "room-7"): ("like", "helped")}
    assert await provider.feedback(message, None, "", "room-7") is True
    assert await provider.feedback("other", None, "", "room-7") is True
    assert await create("dify", NOBODY).feedback(message, "dislike", "", "room-7") is False  # type: ignore[attr-defined]


def test_only_an_app_wants_to_know_what_people_think() -> None:
    kinds = ("demo", "openai", "dify")

    assert [isinstance(create(kind, NOBODY), TakesFeedback) for kind in kinds] == [False, False, True]


async def test_the_connection_test_names_the_app(dify: FakeDify) -> None:
    verdict = await create("dify", backend_of(dify, key="app-abc")).check()

    assert (verdict.ok, verdict.detail) == (True, "Reachable: the app “Support” (chat).")
    assert dify.calls[0].headers["authorization"] == "Bearer app-abc"
    assert dify.calls[1].path == "/v1/parameters?user=chat"


async def test_the_connection_test_names_the_inputs_that_are_missing(dify: FakeDify) -> None:
    dify.form = [
        {"text-input": {"label": "Topic", "variable": "topic", "required": True, "default": ""}},
        {"select": {"label": "Tongue", "variable": "tongue", "required": True, "default": "en", "options": ["en"]}},
        {"paragraph": {"label": "More", "variable": "more", "required": False}},
        {"number": {"label": "Count", "variable": "count", "required": True}},
    ]

    verdict = await create("dify", backend_of(dify, body={"inputs": {"count": 1}})).check()

    assert verdict.ok is False
    assert verdict.detail == 'The app “Support” needs inputs: say {"inputs": {"topic": "…"}} in the extra body keys.'


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (
            in_json({"name": "Sorter", "mode": "workflow"}),
            "The app “Sorter” is a workflow, with which nobody can chat.",
        ),
        (refusal(401, "unauthorized", "Access token is invalid"), "The model's server did not accept"),
        (Script([b"<html>"], content_type="text/html"), "This assistant is not set up correctly."),
    ],
)
async def test_the_connection_test_says_what_is_wrong(dify: FakeDify, answer: object, said: str) -> None:
    dify.info = answer  # type: ignore[assignment]

    verdict = await create("dify", backend_of(dify)).check()

    assert verdict.ok is False
    assert verdict.detail.startswith(said)


async def test_an_app_that_is_not_there_is_told_in_plain_words() -> None:
    verdict = await create("dify", NOBODY).check()

    assert verdict.ok is False
    assert verdict.detail.startswith("The connection to the model's server failed.")
