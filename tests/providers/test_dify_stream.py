"""What an app of each kind sends, and what becomes of it."""

from __future__ import annotations

from typing import Any

import pytest

from chat.providers import (
    ChatRequest,
    Conversation,
    Done,
    FailureKind,
    File,
    Limits,
    ProviderEvent,
    Started,
    Text,
    Timeouts,
    Tool,
    Turn,
    Usage,
    close_clients,
    create,
)
from tests.fake_dify import PING, FakeDify, app, chatbot, ends, in_json, says, tells
from tests.fake_llm import SSE, Script
from tests.providers.asking import ask_app, backend_of, failure_of, terminals_of, text_of, thought_of


def of_kind(events: list[ProviderEvent], kind: type[Any]) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


async def test_y1_a_chatbot_answers_between_pings(dify: FakeDify) -> None:
    dify.answers(app(PING, says("Hel"), PING, says("lo"), PING, ends))

    events = await ask_app(dify)

    assert (text_of(events), events[-1]) == ("Hello", Done("stop"))
    assert of_kind(events, Started) == [Started("message-1", "", "task-1", "conversation-1")]
    assert of_kind(events, Usage) == [Usage(prompt=9, completion=3, total=12)]


async def test_a_price_in_dollars_is_a_cost(dify: FakeDify) -> None:
    dify.answers(app(says("a"), lambda turn: turn.end(total_price="0.0021", currency="USD")))
    assert of_kind(await ask_app(dify), Usage)[0].cost == 0.0021

    dify.answers(app(says("a"), lambda turn: turn.end(total_price="0.0021", currency="RMB")))
    assert of_kind(await ask_app(dify), Usage)[0].cost is None


async def test_y2_an_agent_s_thoughts_are_not_said_twice(dify: FakeDify) -> None:
    thought = {"id": "t1", "position": 1, "tool": "", "observation": ""}
    dify.answers(
        app(
            tells("agent_thought", **thought, thought=""),
            says("I look", "agent_message"),
            tells("agent_thought", **{**thought, "tool": "search"}, thought="I look"),
            tells("agent_thought", **{**thought, "tool": "search", "observation": "3 hits"}, thought="I look"),
            says(" it up.", "agent_message"),
            ends,
        )
    )

    events = await ask_app(dify)

    assert (text_of(events), events[-1]) == ("I look it up.", Done("stop"))
    assert of_kind(events, Tool) == [Tool("search")]


async def test_y3_a_new_agent_s_closing_message_does_not_double_the_text(dify: FakeDify) -> None:
    dify.answers(app(says("1 ", "agent_message"), says("2", "agent_message"), says("1 2"), ends))

    events = await ask_app(dify)

    assert [event.delta for event in of_kind(events, Text)] == ["1 ", "2"]
    assert events[-1] == Done("stop")


async def test_y3_a_closing_message_that_differs_replaces_the_text(dify: FakeDify) -> None:
    dify.answers(app(says("<think>hm</think>dr", "agent_message"), says("<think>hm</think>The answer"), ends))

    assert text_of(await ask_app(dify)) == "The answer"


async def test_y3_an_agent_that_says_all_of_it_at_once_is_heard(dify: FakeDify) -> None:
    dify.answers(app(says("", "agent_message"), says("All of it"), ends))

    assert text_of(await ask_app(dify)) == "All of it"


async def test_y4_text_that_is_called_a_file_is_text(dify: FakeDify) -> None:
    made = {"id": "f", "type": "image", "belongs_to": "assistant", "url": "/files/f.png?sign=x"}
    sent = {"id": "g", "type": "image", "belongs_to": "user", "url": "/files/g.png"}
    dify.answers(
        app(
            tells("message_file", **sent),
            says("Here ", "agent_message"),
            tells("message_file", **made),
            says("it ", "message_file", id="f"),
            says("is", "message_file", id="f"),
            ends,
        )
    )

    events = await ask_app(dify)

    assert text_of(events) == "Here it is"
    assert of_kind(events, File) == [File("image", dify.url.removesuffix("/v1") + "/files/f.png?sign=x")]


async def test_a_file_alone_is_an_answer(dify: FakeDify) -> None:
    dify.answers(app(tells("message_file", type="image", belongs_to="assistant", url="https://x.example/f.png"), ends))

    assert (await ask_app(dify))[-1] == Done("stop")


async def test_y5_a_moderated_text_is_replaced(dify: FakeDify) -> None:
    dify.answers(app(says("Something "), says("bad"), tells("message_replace", answer="No.\r\n\x00"), says("!"), ends))

    events = await ask_app(dify)

    assert (text_of(events), events[-1]) == ("No.\n!", Done("stop"))


def workflow(status: str, **outcome: Any) -> Any:
    return tells("workflow_finished", workflow_run_id="w", data={"status": status, **outcome})


async def test_y7_a_failed_workflow_fails_once_with_the_words_of_its_error(dify: FakeDify) -> None:
    failed = app(
        tells("workflow_started", data={}),
        says("a"),
        workflow("failed", error="node llm failed"),
        tells("error", status=429, code="too_many_requests", message="the model is busy"),
    )
    dify.answers(failed)

    events = await ask_app(dify)

    failure = failure_of(events)
    assert (failure.kind, failure.message, failure.partial) == (FailureKind.RATE_LIMIT, "the model is busy", True)


async def test_y7_a_failed_workflow_without_an_error_fails_too(dify: FakeDify) -> None:
    dify.answers(app(says("a"), workflow("failed", error="node llm failed")))

    failure = failure_of(await ask_app(dify))

    assert (failure.kind, failure.message) == (FailureKind.SERVER, "node llm failed")


async def test_y8_a_chatflow_ends_once(dify: FakeDify) -> None:
    dify.answers(
        app(
            tells("workflow_started", data={}),
            tells("node_started", data={}),
            tells("reasoning_chunk", data={"reasoning": "hm", "is_final": False, "node_id": "n"}),
            says("a"),
            tells("node_finished", data={"error": None}),
            ends,
            workflow("succeeded"),
            tells("tts_message_end", audio=""),
        )
    )

    events = await ask_app(dify)

    assert (text_of(events), thought_of(events), terminals_of(events)) == ("a", "hm", [Done("stop")])


@pytest.mark.parametrize(
    ("status", "finish"), [("succeeded", "stop"), ("partial-succeeded", "stop"), ("stopped", "stopped")]
)
async def test_a_chatflow_that_said_nothing_has_its_answer_in_its_outputs(
    dify: FakeDify, status: str, finish: Any
) -> None:
    dify.answers(app(tells("workflow_started", data={}), workflow(status, outputs={"answer": "42"})))

    events = await ask_app(dify)

    assert (text_of(events), events[-1]) == ("42", Done(finish))


async def test_steps_of_a_workflow_are_progress_and_pings_are_none(dify: FakeDify) -> None:
    step, wait = tells("node_finished", data={}), 0.2
    dify.answers(app(step, wait, step, wait, step, wait, step, says("a"), ends))
    assert text_of(await ask_app(dify, timeouts=Timeouts(progress=0.4))) == "a"

    dify.answers(app(PING, wait, PING, wait, PING, wait, PING, says("a"), ends))
    assert failure_of(await ask_app(dify, timeouts=Timeouts(progress=0.4))).kind == FailureKind.TIMEOUT


async def test_y11_a_workflow_that_waits_for_somebody_is_unsupported(dify: FakeDify) -> None:
    dify.answers(app(says("a"), tells("workflow_paused", data={"reasons": [{"type": "human_input_required"}]})))

    failure = failure_of(await ask_app(dify))

    assert failure.kind == FailureKind.UNSUPPORTED
    assert failure.message.startswith("The app waits for somebody's input")


async def test_y13_an_answer_in_json_is_an_answer(dify: FakeDify) -> None:
    whole = {
        "event": "message",
        "task_id": "t",
        "message_id": "m",
        "conversation_id": "c",
        "mode": "advanced-chat",
        "answer": "All of it",
        "metadata": {"usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}},
    }
    dify.answers(in_json(whole))

    events = await ask_app(dify)

    assert (text_of(events), events[-1]) == ("All of it", Done("stop"))
    assert of_kind(events, Started) == [Started("m", "", "t", "c")]
    assert of_kind(events, Usage) == [Usage(prompt=1, completion=2, total=3)]


async def test_y14_a_stream_that_just_ends_is_truncated(dify: FakeDify) -> None:
    dify.answers(app(says("a")))

    failure = failure_of(await ask_app(dify))

    assert (failure.kind, failure.partial, len(dify.requests)) == (FailureKind.TRUNCATED, True, 1)


async def test_after_the_end_of_a_message_nobody_waits_long(dify: FakeDify) -> None:
    dify.answers(app(says("a"), ends, end="silence"))

    events = await ask_app(dify, timeouts=Timeouts(after_finish=0.1))

    assert events[-1] == Done("stop")


async def test_an_end_without_a_word_is_empty(dify: FakeDify) -> None:
    dify.answers(app(ends), chatbot("hi"))

    assert text_of(await ask_app(dify)) == "hi"


async def test_unknown_events_and_voices_are_passed_over(dify: FakeDify) -> None:
    dify.answers(
        app(tells("tts_message", audio="AAAA"), tells("ping"), tells("news_of_tomorrow", data=[1]), says("a"), ends)
    )

    assert text_of(await ask_app(dify)) == "a"


async def test_an_answer_over_the_limit_is_cut_off_and_stopped(dify: FakeDify) -> None:
    dify.answers(app(says("12345"), says("67890"), lambda turn: turn.stopped, ends))
    events = await ask_app(dify, limits=Limits(reply_chars=7))
    await close_clients()

    assert (text_of(events), events[-1]) == ("1234567", Done("length"))
    assert dify.turns[0].stopped.is_set()


async def test_what_is_no_api_of_dify_s_is_said_to_be_a_matter_of_configuration(dify: FakeDify) -> None:
    dify.answers(Script([b"<html>Sign in</html>"], content_type="text/html"))
    assert failure_of(await ask_app(dify)).kind == FailureKind.CONFIG

    dify.answers(Script([b"data: nonsense\n\n"], content_type=SSE))
    assert failure_of(await ask_app(dify)).kind == FailureKind.PROTOCOL


async def test_an_answer_gone_on_with_keeps_the_space_it_begins_with(dify: FakeDify) -> None:
    dify.answers(app(says(" world"), ends))
    request = ChatRequest(
        turns=(Turn("user", "ana: greet"),), model="", begun="Hello", conversation=Conversation("room-7")
    )

    events = [event async for event in create("dify", backend_of(dify)).stream(request)]

    assert text_of(events) == " world"
    assert "broke off after this:\n\nHello\n\nGo on" in dify.requests[0].json["query"]
