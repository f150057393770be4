"""A chunked body, wherever it was cut; and what is no chunk is left to the library."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.providers import Failed, FailureKind, ProviderEvent, create
from chat.providers.chunked import Chunks
from tests.fake_llm import FakeLLM, Script, tokens_of
from tests.providers.asking import HELLO, PATIENT, ask, backend_of, text_of

END = b"0\r\n\r\n"


def chunked(parts: list[bytes]) -> bytes:
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)


@PATIENT
@given(st.lists(st.binary(min_size=1, max_size=40), max_size=6), st.integers(1, 7))
def test_what_the_chunks_carry_does_not_depend_on_where_they_were_cut(parts: list[bytes], size: int) -> None:
    wire, chunks = chunked(parts) + END, Chunks()

    carried = b"".join(chunks.feed(wire[at : at + size]) for at in range(0, len(wire), size) if not chunks.is_over)

    assert carried == b"".join(parts)
    assert chunks.is_over
    assert END.startswith(chunks.rest)


def test_sizes_may_be_in_capitals_and_say_more() -> None:
    chunks = Chunks()

    assert chunks.feed(b"A ;name=value\r\n0123456789\r\n3\r\nabc\r\n") == b"0123456789abc"
    assert (chunks.is_over, chunks.rest) == (False, b"")


@pytest.mark.parametrize("wire", [b"x\r\n", b"-1\r\n", b"0x5\r\nhello\r\n", b"\r\n", b"5" * 17 + b"\r\n", b"1" * 2000])
def test_what_is_no_chunk_ends_it_and_is_kept(wire: bytes) -> None:
    chunks = Chunks()

    assert chunks.feed(b"2\r\nhi\r\n" + wire) == b"hi"
    assert (chunks.is_over, chunks.rest) == (True, wire)


def test_a_chunk_that_is_longer_than_it_says_ends_it() -> None:
    chunks = Chunks()

    assert chunks.feed(b"2\r\nhi!!") == b"hi"
    assert (chunks.is_over, chunks.rest) == (True, b"!!")


async def test_a_connection_whose_body_was_read_past_the_library_is_used_again(llm: FakeLLM) -> None:
    await ask(llm)
    await ask(llm)

    assert [request.connection for request in llm.requests] == [1, 1]


async def test_a_line_that_breaks_in_the_middle_is_told_in_the_library_s_words(llm: FakeLLM) -> None:
    llm.answer(Script([*tokens_of("1 2")], end="reset"))

    failed = (await ask(llm))[-1]

    assert isinstance(failed, Failed)
    assert failed.kind in (FailureKind.NETWORK, FailureKind.TRUNCATED)


async def test_the_reader_rests_after_words_and_not_before_them(llm: FakeLLM) -> None:
    events: list[ProviderEvent] = []
    told_before: list[str] = []

    async def rest() -> None:
        told_before.append(text_of(events))

    async for event in create("openai", backend_of(llm)).stream(replace(HELLO, rest=rest)):
        events.append(event)  # noqa: PERF401 - looked at meanwhile

    assert text_of(events) == "1 2 3"
    assert "" not in told_before
