"""Answers of many dialects, fed byte by byte and whole: the result must be the same."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.providers import Done, FailureKind, Limits, ProviderEvent, Usage
from chat.providers.openai.answer import Answer
from chat.providers.trouble import Trouble
from tests.fake_llm import SSE, chunk, ending, event
from tests.providers.asking import PATIENT, text_of, thought_of

DONE = b"data: [DONE]\n\n"


def read(reads: Iterable[bytes], content_type: str = SSE) -> tuple[list[ProviderEvent], Done | Trouble]:
    """What was told before a trouble counts."""
    events: list[ProviderEvent] = []
    try:
        events.extend(_told(reads, content_type))
    except Trouble as trouble:
        return events, trouble
    assert isinstance(events[-1], Done)
    return events, events[-1]


def _told(reads: Iterable[bytes], content_type: str) -> Iterator[ProviderEvent]:
    answer = Answer(content_type, Limits())
    for one in reads:
        if not answer.is_complete:
            yield from answer.feed(one)
    yield from answer.end()


def summary(body: bytes, content_type: str = SSE) -> tuple[str, str, str]:
    """Thought, text and end; the same in whatever pieces the body comes."""
    summaries = set()
    for size in (len(body) or 1, 1, 2, 3, 7):
        events, end = read((body[at : at + size] for at in range(0, len(body), size)), content_type)
        summaries.add((thought_of(events), text_of(events), end.finish if isinstance(end, Done) else end.kind.value))
    assert len(summaries) == 1
    return summaries.pop()


def test_o13_openrouter_tells_the_kind_in_its_error_type() -> None:
    def broken(code: object, error_type: str, where: str = "error") -> bytes:
        error = {"code": code, "message": "no", "metadata": {"error_type": error_type}}
        choice: dict[str, object] = {"index": 0, "delta": {"content": ""}, "finish_reason": "error"}
        body = {"id": "gen-1", "choices": [choice], "error": error}
        if where == "choice":
            body = {"id": "gen-1", "choices": [{**choice, "error": error}]}
        return chunk(content="a") + event(body)

    assert summary(broken(429, "rate_limit_exceeded")) == ("", "a", "rate_limit")
    assert summary(broken("server_error", "provider_overloaded")) == ("", "a", "overloaded")
    assert summary(broken(400, "context_length_exceeded", "choice")) == ("", "a", "context")
    assert summary(chunk("error", content="")) == ("", "", "server")


def test_o14_llama_cpp_reports_in_a_field_of_its_own() -> None:
    body = {
        "code": 400,
        "message": "the request exceeds the available context size",
        "type": "exceed_context_size_error",
    }

    assert summary(b"error: " + json.dumps(body).encode() + b"\n\n" + DONE) == ("", "", "context")


def test_an_event_named_error_is_one_whatever_it_holds() -> None:
    assert summary(b"event: error\ndata: it broke\n\n") == ("", "", "server")
    assert summary(b'event: error\ndata: "it broke"\n\n') == ("", "", "server")
    assert summary(b'event: error\ndata: {"message": "maximum context length is 8"}\n\n') == ("", "", "context")
    assert summary(event({"error": None, "choices": [{"delta": {"content": "a"}}]}) + DONE) == ("", "a", "unknown")
    assert summary(event({"object": "error", "message": "old", "code": 400})) == ("", "", "config")


@pytest.mark.parametrize(
    "delta",
    [
        {"reasoning_content": "hm"},
        {"reasoning": "hm"},
        {"reasoning_content": "hm", "reasoning": "hm"},
        {"reasoning": "hm", "reasoning_details": [{"type": "reasoning.text", "text": "hm"}]},
        {"reasoning_details": [{"type": "reasoning.summary", "summary": "hm"}, {"type": "reasoning.encrypted"}]},
        {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}]},
        {"content": "<think>hm</think>\n"},
    ],
)
def test_o15_a_thought_is_told_once_and_is_no_text(delta: dict[str, object]) -> None:
    body = (
        chunk(**delta) + chunk(content=[{"type": "text", "text": "Yes"}, {"type": "image"}, "."]) + chunk("stop") + DONE
    )

    assert summary(body) == ("hm", "Yes.", "stop")


@pytest.mark.parametrize("content_type", ["application/json", "", "text/plain", "application/x-ndjson"])
def test_o16_a_whole_answer_in_json_is_an_answer(content_type: str) -> None:
    message = {"role": "assistant", "content": "Yes.", "reasoning": "hm"}
    whole = {"choices": [{"message": message, "finish_reason": "stop"}], "usage": {"prompt_tokens": 1}}

    for indent in (None, 2):
        assert summary(b"\n \n" + json.dumps(whole, indent=indent).encode(), content_type) == ("hm", "Yes.", "stop")
    assert summary(b'\n{"error": {"message": "no", "code": 429}}', content_type) == ("", "", "rate_limit")
    assert summary(b'{"choices": [{"mess', content_type) == ("", "", "protocol")


def test_lines_of_json_are_a_stream_where_nothing_else_was_promised() -> None:
    lines = b"".join(json.dumps({"choices": [{"delta": {"content": word}}]}).encode() + b"\n" for word in "ab")

    assert summary(lines + b'{"choices":[{"delta":{},"finish_reason":"stop"}]}\n', "text/plain") == ("", "ab", "stop")
    assert summary(lines, "text/plain") == ("", "ab", "truncated")
    assert summary(chunk("stop", content="a"), "text/plain") == ("", "a", "stop")


def test_a_web_page_is_a_wrong_address() -> None:
    for content_type in ("text/html; charset=utf-8", "text/plain", ""):
        assert summary(b"\n<!doctype html><p>Sign in", content_type) == ("", "", "config")


def test_o24_a_call_of_tools_alone_is_said_to_be_unsupported() -> None:
    call = {"index": 0, "id": "call_1", "function": {"name": "search", "arguments": "{"}}

    assert summary(chunk(tool_calls=[call]) + chunk("tool_calls") + DONE) == ("", "", "unsupported")
    assert summary(chunk(content="a", tool_calls=[call]) + chunk("tool_calls") + DONE) == ("", "a", "tool_calls")


def test_o26_a_budget_gone_into_reasoning_is_an_empty_answer_not_worth_repeating() -> None:
    _, end = read([chunk(reasoning="hm") + chunk("length") + DONE])

    assert isinstance(end, Trouble)
    assert (end.kind, end.tries_again) == (FailureKind.EMPTY, 0)


@pytest.mark.parametrize(
    ("word", "text", "end"),
    [
        ("end_turn", "a", "stop"),
        ("max_tokens", "a", "length"),
        ("safety", "a", "content_filter"),
        ("content_filter", "", "content_filter"),
        ("load", "a", "unknown"),
        ("load", "", "empty"),
        ("abort", "a", "server"),
        ("insufficient_system_resource", "a", "overloaded"),
        ("", "a", "stop"),
    ],
)
def test_a_finish_reason_has_its_meaning(word: str, text: str, end: str) -> None:
    assert summary(chunk(content=text) + chunk(word) + DONE) == ("", text, end)


def test_a_blank_finish_in_every_chunk_says_nothing() -> None:
    assert summary(chunk("", content="a") + chunk("", content="b")) == ("", "ab", "truncated")


def test_a_refusal_is_text_and_marked() -> None:
    assert summary(chunk(refusal="I will not.") + chunk("stop") + DONE) == ("", "I will not.", "content_filter")


def test_what_is_held_back_in_doubt_is_told_at_the_end() -> None:
    assert summary(chunk("stop", content="<thi") + DONE) == ("", "<thi", "stop")
    assert summary(chunk(content="<think>hm </thi") + chunk(content="\ud83d")) == ("hm </thi\ufffd", "", "truncated")


def test_only_the_first_choice_counts() -> None:
    other = event({"choices": [{"index": 1, "delta": {"content": "b"}}, {"index": 0, "delta": {"content": "a"}}]})

    assert summary(other + event({"choices": [{"text": "c"}]}) + DONE) == ("", "ac", "unknown")


def test_the_last_usage_wins_and_is_told_once() -> None:
    usages = [{"prompt_tokens": 1}, None, {"prompt_tokens": 2, "completion_tokens": 3, "cost": 0.5}, {}]
    body = b"".join(event({"choices": [], "usage": usage}) for usage in usages)

    events, _ = read([chunk(content="a"), chunk("stop"), body, DONE])

    assert [one for one in events if isinstance(one, Usage)] == [Usage(prompt=2, completion=3, total=5, cost=0.5)]


def test_counts_that_are_none_are_left_out() -> None:
    usage = {"prompt_tokens": True, "completion_tokens": -1, "total_tokens": 10**12, "cost": "1", "x": {}}

    events, _ = read([chunk("stop", content="a"), event({"usage": usage}), DONE])

    assert [one for one in events if isinstance(one, Usage)] == [Usage()]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["content", "text", "name"]), inner),
    max_leaves=5,
)
FIELDS = st.sampled_from(
    [
        *("id", "model", "choices", "index", "delta", "message", "content", "reasoning", "refusal", "finish_reason"),
        *("tool_calls", "function", "usage", "prompt_tokens_details", "error", "metadata", "availability", "code"),
        *("status", "detail", "thinking", "type", "text"),
    ]
)
OBJECTS = st.recursive(
    ANYTHING, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=5), max_leaves=20
)


@PATIENT
@given(st.lists(OBJECTS, max_size=6), st.sampled_from([SSE, "application/json", "text/plain"]))
def test_no_shape_of_object_breaks_the_reading(objects: list[object], content_type: str) -> None:
    body = b"".join(map(event, objects)) if content_type == SSE else "\n".join(map(json.dumps, objects)).encode()

    summary(body, content_type)


@PATIENT
@given(
    st.lists(st.sampled_from([chunk(content="a"), chunk(content="\ud83d"), *ending(), b"data: {\n\n", b"\xff", b"\n"]))
)
def test_no_order_of_chunks_breaks_the_reading(parts: list[bytes]) -> None:
    summary(b"".join(parts))
