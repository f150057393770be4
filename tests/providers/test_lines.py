"""The line to a server: addresses, proxies, and connections that end when nobody looks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest

from chat.providers import Backend, Done, FailureKind, ProviderEvent, close_clients, create
from tests.fake_llm import let_nobody_in, stream_of
from tests.providers.asking import HELLO, failure_of, text_of

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
BODY = b"".join(piece for piece in stream_of("a b") if isinstance(piece, bytes))
CHUNKED = b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def served(talk: Talk, host: str = "127.0.0.1") -> AsyncIterator[int]:
    """The port of a server that talks so with whoever comes, and hangs up then."""
    talks: set[asyncio.Task[None]] = set()

    async def whole(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await talk(reader, writer)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.add(asyncio.create_task(whole(reader, writer)))

    server = await asyncio.start_server(accept, host, 0)
    yield server.sockets[0].getsockname()[1]
    await close_clients()
    await let_nobody_in(server)
    await asyncio.gather(*talks)


async def request_line(reader: asyncio.StreamReader) -> str:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    (length,) = (line.partition(":")[2] for line in head.lower().split("\r\n") if line.startswith("content-length"))
    await reader.readexactly(int(length))
    return head.split("\r\n")[0]


async def ask_at(base_url: str) -> list[ProviderEvent]:
    return [event async for event in create("openai", Backend(base_url=base_url)).stream(HELLO)]


@pytest.mark.parametrize(
    ("host", "base", "path"),
    [
        ("127.0.0.1", "/v1", "/v1/chat/completions"),
        ("127.0.0.1", "/v1/", "/v1/chat/completions"),
        ("127.0.0.1", "", "/chat/completions"),
        ("127.0.0.1", "/a%2Fb/v1", "/a%2Fb/v1/chat/completions"),
        ("::1", "/v1", "/v1/chat/completions"),
    ],
)
async def test_an_address_is_used_as_it_is(host: str, base: str, path: str) -> None:
    lines: list[str] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines.append(await request_line(reader))
        writer.write(HEAD + CHUNKED)
        await writer.drain()

    async with served(talk, host) as port:
        named = f"[{host}]" if ":" in host else host
        assert text_of(await ask_at(f"http://{named}:{port}{base}")) == "a b"

    assert lines == [f"POST {path} HTTP/1.1"]


async def test_a_connection_that_was_closed_between_two_questions_is_opened_anew() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_line(reader)
        writer.write(HEAD + CHUNKED)
        await writer.drain()

    async with served(talk) as port:
        for _ in range(3):
            assert text_of(await ask_at(f"http://127.0.0.1:{port}/v1")) == "a b"


async def test_a_connection_that_ends_with_the_next_question_costs_one_more_try() -> None:
    counted = {"answered": 0, "dropped": 0}

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_line(reader)
        counted["answered"] += 1
        writer.write(HEAD + CHUNKED)
        await writer.drain()
        await request_line(reader)
        counted["dropped"] += 1

    async with served(talk) as port:
        for _ in range(2):
            events = await ask_at(f"http://127.0.0.1:{port}/v1")
            assert (text_of(events), events[-1]) == ("a b", Done("stop"))

    assert counted == {"answered": 2, "dropped": 1}


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + BODY,
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: %d\r\n\r\n%b" % (len(BODY), BODY),
        b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + HEAD + CHUNKED,
        b"HTTP/1.1 100 Continue\r\n\r\n" + HEAD + b"%x;name=value\r\n%b\r\n0\r\nX-Sum: 1\r\n\r\n" % (len(BODY), BODY),
    ],
)
async def test_each_way_of_http_to_send_a_body_is_a_stream(answer: bytes) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_line(reader)
        writer.write(answer)
        await writer.drain()

    async with served(talk) as port:
        events = await ask_at(f"http://127.0.0.1:{port}/v1")

    assert (text_of(events), events[-1]) == ("a b", Done("stop"))


async def test_a_proxy_of_the_environment_is_asked_for_the_whole_address(monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[str] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines.append(await request_line(reader))
        writer.write(HEAD + CHUNKED)
        await writer.drain()

    async with served(talk) as port:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{port}")
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        assert text_of(await ask_at("http://model.example/v1")) == "a b"

    assert lines == ["POST http://model.example/v1/chat/completions HTTP/1.1"]


@pytest.mark.parametrize("proxy", ["nonsense://127.0.0.1:9", "http://[::bad"])
async def test_a_proxy_that_is_none_is_a_matter_of_configuration(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("http_proxy", proxy)

    failure = failure_of(await ask_at("http://127.0.0.1:9/v1"))
    checks = [await create(kind, Backend(base_url="http://127.0.0.1:9/v1")).check("m") for kind in ("openai", "dify")]

    assert (failure.kind, failure.retryable) == (FailureKind.CONFIG, False)
    assert [check.ok for check in checks] == [False, False]
