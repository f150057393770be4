"""O21: whoever loses interest closes the line, at any moment, and the pool stays whole."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from chat.providers import Cancellation, Cancelled, Done, ProviderEvent, Text, create
from chat.providers.clients import shared_client
from tests.fake_llm import FakeLLM, Hold, Script, chunk, ending, tokens_of
from tests.providers.asking import HELLO, ask, backend_of, text_of

MOMENTS = ["before headers", "before first text", "in the middle", "after finish"]


def hold_at(llm: FakeLLM, moment: str) -> Hold:
    hold = Hold()
    words, wait = [*tokens_of("1 2")], [hold.event]
    llm.answer(
        {
            "before headers": Script([*words, *ending()], before_headers=wait),
            "before first text": Script([b": wait\n\n", *wait, *words, *ending()]),
            "in the middle": Script([*words, *wait, *ending()]),
            "after finish": Script([*words, chunk("stop"), *wait, *ending()]),
        }[moment]
    )
    return hold


@pytest.mark.parametrize("moment", MOMENTS)
async def test_a_cancellation_is_told_once_and_closes_the_line(llm: FakeLLM, moment: str) -> None:
    hold_at(llm, moment)
    stop, events = Cancellation(), list[ProviderEvent]()

    async def read() -> None:
        async for event in stop.over(create("openai", backend_of(llm)).stream(HELLO)):
            events.append(event)

    reading = asyncio.create_task(read())
    request = await asyncio.to_thread(llm.wait_for_request)
    await asyncio.sleep(0.1)
    stop.cancel()
    await reading

    assert [event for event in events if not isinstance(event, Text)][-1] == events[-1] == Cancelled()
    assert events.count(Cancelled()) == 1
    assert await asyncio.to_thread(request.was_abandoned.wait, 1)


@pytest.mark.parametrize("moment", MOMENTS)
async def test_a_cancelled_task_closes_the_line_and_stays_cancelled(llm: FakeLLM, moment: str) -> None:
    hold_at(llm, moment)
    reading = asyncio.create_task(ask(llm))
    request = await asyncio.to_thread(llm.wait_for_request)
    await asyncio.sleep(0.1)

    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading

    assert await asyncio.to_thread(request.was_abandoned.wait, 1)


async def test_closing_the_stream_closes_the_line(llm: FakeLLM) -> None:
    llm.hold("1")
    stream = create("openai", backend_of(llm)).stream(HELLO)
    seen = [await anext(stream), await anext(stream)]

    await stream.aclose()

    assert text_of(seen) == "1"
    assert await asyncio.to_thread(llm.requests[0].was_abandoned.wait, 1)


async def test_a_cancellation_after_the_end_does_nothing(llm: FakeLLM) -> None:
    stop, events = Cancellation(), list[ProviderEvent]()

    async for event in stop.over(create("openai", backend_of(llm)).stream(HELLO)):
        events.append(event)
        if isinstance(event, Done):
            stop.cancel()
    stop.cancel()

    assert events[-1] == Done("stop")


async def test_a_cancellation_while_the_reader_is_busy_does_not_disturb_it(llm: FakeLLM) -> None:
    llm.hold("1", then=" 2 3")
    stop, events = Cancellation(), list[ProviderEvent]()

    async for event in stop.over(create("openai", backend_of(llm)).stream(HELLO)):
        events.append(event)
        if isinstance(event, Text):
            stop.cancel()
            await asyncio.sleep(0.01)

    assert (text_of(events), events[-1]) == ("1", Cancelled())


async def test_a_cancellation_before_the_beginning_asks_nothing(llm: FakeLLM) -> None:
    stop = Cancellation()
    stop.cancel()

    assert [event async for event in stop.over(create("openai", backend_of(llm)).stream(HELLO))] == [Cancelled()]
    assert llm.requests == []


async def test_many_cancelled_replies_leave_no_connection_behind(llm: FakeLLM) -> None:
    limit = shared_client()._transport._pool._max_connections  # type: ignore[attr-defined]
    llm.hold("1")
    for _ in range(5):
        replies = [asyncio.create_task(ask(llm)) for _ in range(limit // 4)]
        await asyncio.sleep(0.3)
        for reply in replies:
            reply.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*replies, return_exceptions=True)

    llm.reply_with("hi")

    assert text_of(await ask(llm)) == "hi"
    assert shared_client()._transport._pool._requests == []  # type: ignore[attr-defined]
