"""Whatever bytes a server sends: one terminal event, nothing raised, and text that can be stored."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.providers import Backend, ProviderEvent, Timeouts, close_clients, create
from chat.providers.guard import forget_failures
from tests.fake_llm import FakeLLM, Script, chunk, ending, let_nobody_in
from tests.providers.asking import HELLO, terminals_of, text_of

CONTENT_TYPES = st.sampled_from(["text/event-stream", "application/json", "text/plain", "text/html", ""])
PIECES = st.lists(
    st.binary(max_size=60)
    | st.sampled_from([chunk(content="a"), chunk(content="\ud83d"), *ending(), b"data: ", b"\n\n", b'{"error":', b"}"]),
    max_size=8,
)


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeLLM]:
    with FakeLLM() as llm:
        yield llm


async def _ask(url: str) -> list[ProviderEvent]:
    try:
        backend = Backend(base_url=url, timeouts=Timeouts(total=0.4))  # as long as no retry is waited for
        return [event async for event in create("openai", backend).stream(HELLO)]
    finally:
        await close_clients()


@settings(deadline=None, max_examples=80)
@given(PIECES, CONTENT_TYPES, st.sampled_from([200, 200, 200, 201, 400, 500]), st.sampled_from(["clean", "reset"]))
def test_any_answer_ends_once(fake: FakeLLM, pieces: list[bytes], content_type: str, status: int, end: str) -> None:
    forget_failures()
    fake.answer(Script([piece for piece in pieces if piece], status, content_type, end=end))  # type: ignore[arg-type]

    events = asyncio.run(_ask(fake.url))

    assert [events[-1]] == terminals_of(events)
    assert text_of(events).encode().decode() == text_of(events)


@settings(deadline=None, max_examples=40)
@given(st.binary(max_size=200))
def test_not_even_http_is_needed_for_an_end(fake: FakeLLM, garbage: bytes) -> None:
    forget_failures()

    async def ask_garbage() -> list[ProviderEvent]:
        talks: list[asyncio.Task[None]] = []

        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with suppress(ConnectionError, asyncio.IncompleteReadError):  # who asks may have lost patience already
                await reader.readuntil(b"\r\n\r\n")
                writer.write(garbage)
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            talks.append(asyncio.create_task(talk(reader, writer)))

        server = await asyncio.start_server(accept, "127.0.0.1", 0)
        events = await _ask(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1")
        await let_nobody_in(server)
        await asyncio.gather(*talks)
        return events

    events = asyncio.run(ask_garbage())

    assert [events[-1]] == terminals_of(events)
