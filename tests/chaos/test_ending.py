"""A process that is told to end says so to everybody, finishes what it was asked, and is gone within ten seconds."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from chatsite.ending import LINGER_SECONDS
from tests.chaos.conftest import Peopled
from tests.chaos.whole import read_until
from tests.fake_llm import FakeLLM
from tests.site import Site

WITHIN_SECONDS = 10.0  # what supervisors give
LATE_SECONDS = 0.4
TRIES = 3


async def test_sockets_and_streams_are_told_and_who_waits_is_answered(peopled_site: Peopled, model: FakeLLM) -> None:
    site, tokens = peopled_site
    site.start()
    headers = {"Authorization": f"Bearer {tokens['ana']}"}
    model.hold("half a")
    address = f"ws://127.0.0.1:{site.port}/ws/rooms/general/"
    async with (
        httpx.AsyncClient(base_url=site.url, headers=headers, trust_env=False, timeout=30) as client,
        client.stream("GET", "/rooms/general/events/") as stream,
        connect(address, additional_headers=headers, proxy=None) as socket,
    ):
        question = asyncio.create_task(client.post("/api/chat", json={"message": "@helper", "assistant": "helper"}))
        await asyncio.to_thread(model.wait_for_request, seconds=30)
        began = time.monotonic()
        stopped = asyncio.create_task(asyncio.to_thread(site.stop))

        with suppress(ConnectionClosed):
            async for _ in socket:
                pass
        assert (socket.close_code, socket.close_reason) == (1012, "The server is being restarted.")
        assert await read_until(stream.aiter_text(), lambda text: '"code":1012' in text)
        assert (await question).status_code == 503
        await stopped
        assert time.monotonic() - began < WITHIN_SECONDS


async def test_while_it_ends_nobody_new_comes_in(peopled_site: Peopled, model: FakeLLM) -> None:
    """By a connection that is open already, as a proxy has them."""
    site, tokens = peopled_site
    site.start()
    headers = {"Authorization": f"Bearer {tokens['ana']}"}
    model.hold("half a")
    async with httpx.AsyncClient(base_url=site.url, headers=headers, trust_env=False, timeout=30) as client:
        question = asyncio.create_task(client.post("/api/chat", json={"message": "@helper", "assistant": "helper"}))
        await asyncio.to_thread(model.wait_for_request, seconds=30)
        reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
        await ask(reader, writer, "GET /healthz HTTP/1.1")
        other, their = await asyncio.open_connection("127.0.0.1", site.port)
        await ask(other, their, "GET /healthz HTTP/1.1")

        stopped = asyncio.create_task(asyncio.to_thread(site.stop))
        await until_closed(site.port)

        assert "connection: close" in (await ask(reader, writer, "GET /healthz HTTP/1.1")).lower()
        upgrade = "GET /ws/rooms/general/ HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        refused = await ask(
            other, their, upgrade + "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13"
        )
        assert refused.startswith("HTTP/1.1 503")
        for line in (writer, their):
            line.close()
            await line.wait_closed()
        await question
        await stopped


async def test_what_is_on_its_way_by_a_line_that_is_open_is_answered(peopled_site: Peopled) -> None:
    """A proxy finds out that a process has gone when it has handed a post on, and sends none twice."""
    site, _ = peopled_site
    for _ in range(TRIES):
        if await is_answered_late(site):
            return
    pytest.fail("the machine stood still each time, for longer than lines are kept open")


async def test_a_line_on_which_nothing_comes_is_no_fault(peopled_site: Peopled) -> None:
    """Every browser with a page open has one, and so has a proxy: the log warned at each restart."""
    site, _ = peopled_site
    site.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    await ask(reader, writer, "GET /healthz HTTP/1.1")

    await asyncio.to_thread(site.stop)

    writer.close()
    assert "ended_early" not in site.log.read_text()


async def is_answered_late(site: Site) -> bool:
    """By a line that was open when it was told to end, some time after that. False if it was asked too late."""
    site.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    await ask(reader, writer, "GET /healthz HTTP/1.1")
    began = time.monotonic()
    stopped = asyncio.create_task(asyncio.to_thread(site.stop))
    await until_closed(site.port)
    await asyncio.sleep(LATE_SECONDS)

    told = ""
    with suppress(OSError, asyncio.IncompleteReadError):
        told = await ask(reader, writer, "GET /healthz HTTP/1.1")
    is_in_time = time.monotonic() - began < LINGER_SECONDS

    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    hung_up_at = time.monotonic()
    await stopped
    assert time.monotonic() - hung_up_at < WITHIN_SECONDS
    if told or is_in_time:
        assert told.startswith("HTTP/1.1 200")
        assert "connection: close" in told.lower()
    return bool(told)


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: str) -> str:
    writer.write(f"{head}\r\nHost: 127.0.0.1\r\n\r\n".encode())
    told = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)).decode()
    if "content-length: 2" in told.lower():
        await reader.readexactly(2)
    return told


async def until_closed(port: int) -> None:
    async with asyncio.timeout(10):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionRefusedError:
                return
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
            await asyncio.sleep(0.02)
