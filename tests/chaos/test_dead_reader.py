"""A reader that stops reading costs nobody else anything, and the server only so much memory."""

from __future__ import annotations

import asyncio
import base64
import os
import socket
from contextlib import closing
from pathlib import Path

import httpx

from tests.chaos.bots import Bot
from tests.chaos.conftest import Peopled
from tests.prometheus import read

POSTS = 250
LARGE = "many words " * 1400  # about 31 KB as a frame, with its text and its HTML


def stop_reading(port: int, token: str) -> socket.socket:
    """A WebSocket that is opened, and then never read."""
    reader = socket.socket()
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    reader.connect(("127.0.0.1", port))
    head = [
        "GET /ws/rooms/general/ HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Protocol: chat.json.v1",
        f"Authorization: Bearer {token}",
    ]
    reader.sendall(("\r\n".join(head) + "\r\n\r\n").encode())
    assert reader.recv(12) == b"HTTP/1.1 101"
    return reader


async def test_a_dead_reader_is_let_go_and_the_others_hear_everything(peopled_site: Peopled) -> None:
    site, tokens = peopled_site
    site.environment["RATE_LIMITS"] = "0"
    site.start()
    async with Bot(site, tokens["ana"]) as ana, Bot(site, tokens["ben"]) as ben:
        with closing(await asyncio.to_thread(stop_reading, site.port, tokens["cleo"])) as dead:
            before = resident_bytes(site.pid)

            for number in range(POSTS):
                await ana.say(f"{number} {LARGE}")

            await ben.until(lambda: len(ben.messages) == POSTS, 60)
            assert [text.split(" ")[0] for text in ben.texts()] == [str(number) for number in range(POSTS)]
            assert resident_bytes(site.pid) - before < 60 * 1024**2
            assert await asyncio.to_thread(is_cut, dead)
            numbers = await asyncio.to_thread(httpx.get, f"{site.url}/metrics", trust_env=False)
            assert read(numbers.text)["chat_dropped_readers_total"] == 1


def is_cut(reader: socket.socket) -> bool:
    """What the kernel still holds can be read; then the line is dead."""
    reader.settimeout(10)
    taken = 0
    try:
        while got := reader.recv(65536):
            taken += len(got)
    except ConnectionResetError:
        return True
    return taken < POSTS * len(LARGE)


def resident_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def test_a_slow_reader_loses_who_types_and_no_message(peopled_site: Peopled) -> None:
    site, tokens = peopled_site
    site.environment["RATE_LIMITS"] = "0"
    site.start()
    async with Bot(site, tokens["ana"]) as ana, Bot(site, tokens["ben"]) as ben:
        with closing(await asyncio.to_thread(stop_reading, site.port, tokens["cleo"])) as slow:
            posts = await fill_the_line(ana, ben, slow)
            typed: list[str] = []
            ben.hear_typing = typed.append

            await ana.command(type="typing")

            await ben.until(lambda: typed == ["ana"])
            await ana.say("the last one")
            taken = await asyncio.to_thread(read_until, slow, b"the last one")
    assert taken.count(b'"message.created"') == posts + 1
    assert b'"typing"' not in taken


async def fill_the_line(ana: Bot, ben: Bot, reader: socket.socket) -> int:
    """Post until the kernel takes no more for that reader, and a little further; how often."""
    held, posts = -1, await post_four(ana, ben)
    while held < (held := held_by_kernel(reader)):
        posts = await post_four(ana, ben)
    return posts


async def post_four(ana: Bot, ben: Bot) -> int:
    posts = len(ben.messages) + 4
    for number in range(4):
        await ana.say(f"{number} {LARGE}")
    await ben.until(lambda: len(ben.messages) == posts)
    return posts


def held_by_kernel(reader: socket.socket) -> int:
    """What the server has given away and the reader has not taken."""
    port = f"{reader.getsockname()[1]:04X}"
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    queues = [fields[4].split(":") for fields in lines if fields[1].endswith(port) or fields[2].endswith(port)]
    return sum(int(sent, 16) + int(received, 16) for sent, received in queues)


def read_until(reader: socket.socket, end: bytes) -> bytes:
    reader.settimeout(20)
    taken = b""
    while end not in taken[-100_000:]:
        got = reader.recv(1 << 20)
        assert got, "it was let go"
        taken += got
    return taken
