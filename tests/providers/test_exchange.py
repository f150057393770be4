from __future__ import annotations

import asyncio
import ssl
from contextlib import suppress
from itertools import repeat

import httpx
import pytest

from chat.providers import Backend, Failed, FailureKind, ProviderEvent, Timeouts, clients, close_clients, create
from chat.providers.clients import shared_client
from chat.providers.exchange import exchange, trouble_from
from chat.providers.outgoing import build
from chat.providers.timers import Timers
from tests.fake_llm import FakeLLM, Script
from tests.providers.asking import HELLO, ask, backend_of, failure_of, text_of


def _wrapped(cause: Exception) -> httpx.ConnectError:
    error = httpx.ConnectError("no")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "kind", "tries_again"),
    [
        (httpx.PoolTimeout("x"), "busy", 3),
        (httpx.ConnectTimeout("x"), "timeout", 2),
        (httpx.WriteTimeout("x"), "timeout", 1),
        (httpx.ConnectError("x"), "network", 2),
        (_wrapped(ssl.SSLCertVerificationError("self-signed")), "config", 0),
        (_wrapped(ssl.SSLError("wrong version")), "network", 2),
        (httpx.RemoteProtocolError("x"), "network", 2),
        (httpx.ProxyError("x"), "network", 2),
        (httpx.LocalProtocolError("x"), "config", 0),
        (httpx.UnsupportedProtocol("x"), "config", 0),
        (httpx.InvalidURL("x"), "config", 0),
        (httpx.DecodingError("x"), "protocol", 0),
    ],
)
def test_a_broken_line_is_named_after_its_cause(error: Exception, kind: str, tries_again: int) -> None:
    trouble = trouble_from(error)

    assert (trouble.kind, trouble.tries_again) == (kind, tries_again)


async def test_speaking_tls_to_who_does_not_is_a_network_failure() -> None:
    async def refuse(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        provider = create("openai", Backend(base_url=f"https://127.0.0.1:{port}/v1"))
        failure = failure_of([event async for event in provider.stream(HELLO)])

    assert failure.kind == FailureKind.NETWORK


async def test_waiting_for_a_connection_of_ours_is_called_busy(llm: FakeLLM, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "_LIMITS", httpx.Limits(max_connections=1))
    llm.hold("1")
    holding = asyncio.create_task(ask(llm))
    await asyncio.to_thread(llm.wait_for_request)

    failure = failure_of(await ask(llm, timeouts=Timeouts(pool=0.05)))

    assert (failure.kind, failure.retryable, len(llm.requests)) == (FailureKind.BUSY, True, 1)
    holding.cancel()
    with suppress(asyncio.CancelledError):
        await holding


async def test_a_loop_has_one_client_until_it_is_closed() -> None:
    first = shared_client()
    assert shared_client() is first

    await close_clients()

    assert first.is_closed
    assert shared_client() is not first


def test_each_loop_has_its_own_client_and_leaves_none_behind(llm: FakeLLM) -> None:
    for _ in range(3):
        assert text_of(asyncio.run(_ask_and_close(llm))) == "1 2 3"

    assert [loop for loop in clients._clients if loop.is_closed()] == []


async def _ask_and_close(llm: FakeLLM):
    try:
        return await ask(llm)
    finally:
        await close_clients()


@pytest.mark.parametrize("is_read", [True, False])
@pytest.mark.parametrize("turns", range(8))
async def test_whoever_is_cancelled_while_closing_leaves_the_connection_to_others(
    llm: FakeLLM, turns: int, is_read: bool
) -> None:
    closing = asyncio.Event()

    async def leave() -> None:
        async with exchange(build(Backend(base_url=llm.url), "/chat/completions", {}), Timers(Timeouts())) as response:
            if is_read:
                await response.aread()
            closing.set()

    leaving = asyncio.create_task(leave())
    await closing.wait()
    for _ in range(turns):
        await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.wait({leaving})
    if clients._farewells:
        await asyncio.wait(clients._farewells)

    pool = shared_client()._transport._pool  # type: ignore[attr-defined]
    assert pool._requests == []


async def test_a_server_that_never_pauses_leaves_the_loop_to_others(llm: FakeLLM) -> None:
    llm.answer(Script(repeat(b": ping\n\n" * 8_000)))
    heard: list[ProviderEvent] = []
    turns, turns_at = 0, []

    async def be_served() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    other = asyncio.create_task(be_served())
    provider = create("openai", backend_of(llm, timeouts=Timeouts(total=2)))
    async for event in provider.stream(HELLO):
        heard.append(event)
        turns_at.append(turns)
    other.cancel()

    assert heard[-1] == Failed(kind=FailureKind.TIMEOUT, message="Not finished within 2 s.", retryable=True)
    assert turns_at[-1] - turns_at[0] > len(heard) / 2
