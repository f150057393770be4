"""Models behind TLS, as nearly all are that are not one's own."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from chat.providers import Done, ProviderEvent, create
from chat.providers.clients import authorities
from chat.providers.guard import forget_failures
from tests.fake_llm import FakeLLM, Hold, Piece, Script, chunk, ending, tokens_of
from tests.providers.asking import HELLO, ask, backend_of, text_of
from tests.servers.certificates import certify

WORDS = " ".join(map(str, range(200)))  # each in a record of its own


@pytest.fixture
def llm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeLLM]:
    forget_failures()
    context, believed = certify(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(believed))
    authorities.cache_clear()
    with FakeLLM(context) as fake:
        yield fake
    authorities.cache_clear()


async def test_an_authority_that_this_machine_was_told_of_is_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the system keeps them differs, so it says so here by another way."""
    forget_failures()
    authorities.cache_clear()
    context, believed = certify(tmp_path)
    monkeypatch.setattr(ssl.SSLContext, "load_default_certs", lambda own: own.load_verify_locations(believed))

    with FakeLLM(context) as fake:
        events = await ask(fake)

    authorities.cache_clear()
    assert text_of(events) == "1 2 3"


def words(hold: Hold, said: threading.Event) -> Iterator[Piece]:
    yield chunk(content="so: ")
    yield hold.event
    yield from tokens_of(WORDS)
    said.set()
    yield from ending()


async def test_what_came_while_the_reader_rested_is_read_in_one_go(llm: FakeLLM) -> None:
    hold, said, rests = Hold(), threading.Event(), 0
    llm.answer(Script(words(hold, said)))

    async def rest() -> None:
        nonlocal rests
        rests += 1
        hold.release()
        assert await asyncio.to_thread(said.wait, 30)

    events = [event async for event in create("openai", backend_of(llm)).stream(replace(HELLO, rest=rest))]

    assert (text_of(events), events[-1]) == (f"so: {WORDS}", Done("stop"))
    assert rests < 20  # not one for each of two hundred words: no model would be shown at its own pace


async def test_a_connection_is_used_again(llm: FakeLLM) -> None:
    first, second = await ask(llm), await ask(llm)

    assert text_of(first) == text_of(second) == "1 2 3"
    assert len({request.connection for request in llm.requests}) == 1


async def test_a_line_that_breaks_gives_what_had_come(llm: FakeLLM) -> None:
    llm.answer(Script([*tokens_of("1 2")], end="reset"))

    events: list[ProviderEvent] = await ask(llm)

    assert text_of(events) == "1 2"
    assert getattr(events[-1], "kind", None) == "network"
