"""The decoder's vectors once more, as a server sends them: read by read, over a real connection."""

from __future__ import annotations

import pytest

from chat.providers import Backend, FailureKind, Timeouts
from chat.providers.exchange import exchange, receive
from chat.providers.outgoing import build
from chat.providers.sse import ServerEvent, SSEDecoder
from chat.providers.timers import Timers
from tests.fake_llm import FakeLLM, Piece, Script
from tests.providers.asking import ask, failure_of
from tests.providers.test_sse import NAMES, VECTORS

PAUSE = 0.01  # so that what was sent apart arrives apart


async def events_from(llm: FakeLLM, reads: list[bytes]) -> list[ServerEvent]:
    pieces: list[Piece] = [piece for read in reads for piece in (read, PAUSE)]
    llm.answer(Script(pieces, content_type="text/event-stream; charset=iso-8859-1"))
    timers, decoder, events = Timers(Timeouts()), SSEDecoder(), list[ServerEvent]()
    async with exchange(build(Backend(base_url=llm.url), "/chat/completions", {}), timers) as response:
        async for received in receive(response, timers):
            events += decoder.feed(received)
    return [*events, *decoder.finish()]


@pytest.mark.parametrize("vector", VECTORS)
async def test_a_vector_is_read_as_it_is_sent(llm: FakeLLM, vector: str) -> None:
    reads, expected = VECTORS[vector]
    names = NAMES.get(vector, ["message"] * len(expected))

    assert await events_from(llm, reads) == [ServerEvent(*both) for both in zip(names, expected, strict=True)]


@pytest.mark.parametrize("vector", ["D2", "D4", "D5", "D18"])
async def test_a_vector_is_read_in_single_bytes(llm: FakeLLM, vector: str) -> None:
    reads, expected = VECTORS[vector]
    body = b"".join(reads)

    events = await events_from(llm, [body[at : at + 1] for at in range(len(body))])

    assert [event.data for event in events] == expected


async def test_d16_sixteen_mebibytes_in_one_line_are_refused(llm: FakeLLM) -> None:
    llm.answer(Script([b"data: ", *[b"x" * 2**16] * 256]))

    failure = failure_of(await ask(llm))

    assert (failure.kind, failure.message) == (
        FailureKind.PROTOCOL,
        "The server sent an event of more than 1048576 bytes.",
    )


async def test_d20_a_charset_in_the_header_is_not_believed(llm: FakeLLM) -> None:
    assert await events_from(llm, ['data: "é"\n\n'.encode()]) == [ServerEvent("message", '"é"')]
