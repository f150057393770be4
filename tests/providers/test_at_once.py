"""A hundred answers at a time, through the one client of the loop."""

from __future__ import annotations

import asyncio

from chat.providers import ChatRequest, Done, ProviderEvent, Text, Turn, clients, create
from chat.providers.clients import shared_client
from chat.replies.worker import CAPACITY
from tests.fake_dify import FakeDify, app, ends, says
from tests.fake_llm import FakeLLM, Hold, Script, ending, tokens_of
from tests.providers.asking import ask, backend_of, text_of

COUNT = 100


async def first_word_then_rest(llm: FakeLLM, kind: str, begun: asyncio.Semaphore) -> list[ProviderEvent]:
    events: list[ProviderEvent] = []
    request = ChatRequest(turns=(Turn("user", "ana: hello"),), model="fake")
    async for event in create(kind, backend_of(llm)).stream(request):
        if isinstance(event, Text) and not any(isinstance(earlier, Text) for earlier in events):
            begun.release()
        events.append(event)
    return events


async def a_hundred(llm: FakeLLM, kind: str, hold: Hold) -> list[list[ProviderEvent]]:
    """All of them have begun before any of them may end."""
    begun = asyncio.Semaphore(0)
    replies = [asyncio.create_task(first_word_then_rest(llm, kind, begun)) for _ in range(COUNT)]
    for _ in range(COUNT):
        await begun.acquire()
    hold.release()
    return await asyncio.gather(*replies)


async def test_a_hundred_answers_are_written_at_once_and_leave_the_pool_whole(llm: FakeLLM) -> None:
    hold = Hold()
    llm.answer(Script([*tokens_of("1 2"), hold.event, *tokens_of("3"), *ending()]))

    answers = await a_hundred(llm, "openai", hold)

    assert {text_of(events) for events in answers} == {"1 23"}
    assert {events[-1] for events in answers} == {Done("stop")}
    assert len({request.connection for request in llm.requests}) == COUNT
    pool = shared_client()._transport._pool  # type: ignore[attr-defined]
    assert pool._requests == []
    assert [connection for connection in pool.connections if not connection.is_idle()] == []


async def test_a_hundred_apps_answer_at_once_without_a_stop_among_them(dify: FakeDify) -> None:
    hold = Hold()
    dify.answers(app(says("1"), hold.event, says(" 2"), ends))

    answers = await a_hundred(dify, "dify", hold)

    assert {text_of(events) for events in answers} == {"1 2"}
    assert dify.calls == []


def test_a_process_has_a_connection_for_each_reply_it_writes_and_for_what_goes_beside() -> None:
    assert clients._LIMITS.max_connections is not None
    assert clients._LIMITS.max_connections >= 2 * CAPACITY


async def test_connections_are_used_again(llm: FakeLLM) -> None:
    for _ in range(3):
        await asyncio.gather(*(ask(llm) for _ in range(20)))

    assert len({request.connection for request in llm.requests}) <= 20
