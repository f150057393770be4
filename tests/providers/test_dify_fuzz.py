"""Whatever an app sends: one terminal event, nothing raised, text that can be stored, wherever it is cut."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.providers import Backend, Done, Limits, ProviderEvent, Timeouts, close_clients, create
from chat.providers.dify.answer import Answer
from chat.providers.guard import forget_failures
from chat.providers.trouble import Trouble
from tests.fake_dify import PING, FakeDify, Turn
from tests.fake_llm import SSE, Script
from tests.providers.asking import HELLO, PATIENT, terminals_of, text_of, thought_of

TURN = Turn("task", "message", "conversation")
KINDS = [
    *("message", "agent_message", "message_file", "message_replace", "agent_thought", "reasoning_chunk", "message_end"),
    *("workflow_started", "workflow_finished", "workflow_paused", "node_finished", "error", "ping", "tts_message", ""),
]
ODD: st.SearchStrategy[object] = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.just([]), st.just({})
)
FIELDS = {
    "answer": st.sampled_from(["a", "", "\ud83d", "\ude00", "<think>", "</think>", "\x00"]) | ODD,
    "data": st.fixed_dictionaries(
        {}, optional={"status": ODD | st.sampled_from(["failed", "stopped"]), "outputs": ODD}
    ),
    "metadata": st.fixed_dictionaries({}, optional={"usage": ODD | st.just({"total_price": "x", "currency": "USD"})}),
    **dict.fromkeys(("id", "url", "belongs_to", "tool", "status", "code", "message", "task_id", "message_id"), ODD),
}
OBJECTS = st.builds(
    lambda kind, fields: b"data: " + json.dumps({"event": kind, **fields}).encode() + b"\n\n",
    st.sampled_from(KINDS),
    st.fixed_dictionaries({}, optional=FIELDS),
)
PIECES = st.lists(
    st.binary(max_size=40) | OBJECTS | st.sampled_from([PING, TURN.end(), b"data: ", b"\n\n"]), max_size=8
)
CONTENT_TYPES = st.sampled_from([SSE, SSE, SSE, "application/json", "text/plain", "text/html", ""])


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeDify]:
    with FakeDify() as dify:
        yield dify


async def _ask(url: str) -> list[ProviderEvent]:
    try:
        backend = Backend(base_url=url, timeouts=Timeouts(total=0.4))  # as long as no retry is waited for
        return [event async for event in create("dify", backend).stream(HELLO)]
    finally:
        await close_clients()


@settings(deadline=None, max_examples=60)
@given(PIECES, CONTENT_TYPES, st.sampled_from([200, 200, 200, 400, 500]), st.sampled_from(["clean", "reset"]))
def test_any_answer_of_an_app_ends_once(
    fake: FakeDify, pieces: list[bytes], content_type: str, status: int, end: str
) -> None:
    forget_failures()
    fake.answers(Script([piece for piece in pieces if piece], status, content_type, end=end))  # type: ignore[arg-type]

    events = asyncio.run(_ask(fake.url))

    assert [events[-1]] == terminals_of(events)
    assert text_of(events).encode().decode() == text_of(events)


def _outcome(reads: list[bytes], content_type: str) -> tuple[str, str, str]:
    events: list[ProviderEvent] = []
    try:
        answer = Answer(content_type, Limits())
        for read in reads:
            if not answer.is_complete:
                events += answer.feed(read)
        events += answer.end()
    except Trouble as trouble:
        return text_of(events), thought_of(events), trouble.kind
    assert isinstance(events[-1], Done)
    return text_of(events), thought_of(events), events[-1].finish


@PATIENT
@given(st.lists(OBJECTS, max_size=8), st.sampled_from([SSE, "application/json", "text/plain"]))
def test_where_an_app_s_answer_is_cut_makes_no_difference(pieces: list[bytes], content_type: str) -> None:
    body = b"".join(pieces)
    outcomes = {
        _outcome([body[at : at + size] for at in range(0, len(body), size)], content_type)
        for size in (len(body) or 1, 1, 7)
    }

    assert len(outcomes) == 1
