"""Lines that are reset with their last words still unread: who is gone holds nothing, and keeps nobody from hearing."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from tests.chaos.bots import Bot
from tests.chaos.conftest import Peopled
from tests.chaos.test_dead_reader import stop_reading
from tests.fake_llm import FakeLLM
from tests.prometheus import read
from tests.site import Site

TYPING = b'{"type":"typing"}'
QUESTION = json.dumps({"model": "helper", "messages": [{"role": "user", "content": "hi"}]}).encode()


@contextmanager
def held_up(site: Site) -> Iterator[None]:
    """What comes meanwhile is found in one go."""
    os.kill(site.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(site.pid, signal.SIGCONT)


def reset(line: socket.socket) -> None:
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    line.close()


async def test_a_socket_that_is_reset_behind_its_last_words_has_left(peopled_site: Peopled) -> None:
    site, tokens = peopled_site
    site.start()
    gone = await asyncio.to_thread(stop_reading, site.port, tokens["cleo"])
    with held_up(site):
        gone.sendall(b"\x81" + bytes([0x80 | len(TYPING)]) + b"\0\0\0\0" + TYPING)
        reset(gone)

    async with Bot(site, tokens["ana"]) as ana, Bot(site, tokens["ben"]) as ben:
        await ana.say("one")
        await ana.say("two")

        await ben.until(lambda: ben.texts() == ["one", "two"])
        numbers = await asyncio.to_thread(httpx.get, f"{site.url}/metrics", trust_env=False)
        assert read(numbers.text)["chat_sockets websocket"] == 2


async def test_who_asks_and_is_reset_in_one_moment_keeps_no_model_busy(peopled_site: Peopled, model: FakeLLM) -> None:
    site, tokens = peopled_site
    site.start()
    model.hold("one")
    authorization = {"authorization": f"Bearer {tokens['ana']}", "content-type": "application/json"}
    fields = {**authorization, "host": f"127.0.0.1:{site.port}", "content-length": str(len(QUESTION))}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    gone = socket.create_connection(("127.0.0.1", site.port))
    with held_up(site):
        gone.sendall(f"POST /v1/chat/completions HTTP/1.1\r\n{head}\r\n".encode() + QUESTION)
        reset(gone)

    async with httpx.AsyncClient(trust_env=False) as client:
        for _ in range(20):
            await client.get(f"{site.url}/v1/models", headers=authorization)

    for request in model.requests:
        assert await asyncio.to_thread(request.was_abandoned.wait, 10)
