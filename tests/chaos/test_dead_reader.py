"""A reader that stops reading costs nobody else anything, and the server only so much memory."""

from __future__ import annotations

import asyncio
import base64
import os
import socket
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

import httpx
import pytest

from tests.chaos.bots import Bot
from tests.chaos.conftest import Peopled, Template, copy_postgres
from tests.fake_llm import FakeLLM
from tests.prometheus import read
from tests.servers.postgres import Postgres
from tests.site import Site

POSTS = 250
LARGE = "many words " * 1400  # about 31 KB as a frame, with its text and its HTML


def stop_reading(port: int, token: str, *, since: int | None = None) -> socket.socket:
    """A WebSocket that is opened, and then never read."""
    upgrade = (
        "Upgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: chat.json.v1\r\n"
    )
    reader = open_line(port, "/ws/rooms/general/", upgrade, token, b"HTTP/1.1 101")
    if since is not None:
        sync = b'{"type":"sync","since":%d}' % since
        reader.sendall(b"\x81" + bytes([0x80 | len(sync)]) + b"\0\0\0\0" + sync)
    return reader


def stop_streaming(port: int, token: str, *, since: int | None = None) -> socket.socket:
    """An event stream of which nothing is read."""
    query = "" if since is None else f"?since={since}"
    return open_line(port, f"/rooms/general/events/{query}", "", token, b"HTTP/1.1 200")


def open_line(port: int, path: str, fields: str, token: str, answer: bytes) -> socket.socket:
    reader = socket.socket()
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    reader.connect(("127.0.0.1", port))
    head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{fields}Authorization: Bearer {token}\r\n\r\n"
    reader.sendall(head.encode())
    assert reader.recv(12) == answer
    return reader


WAYS = pytest.mark.parametrize("open_to_nobody", [stop_reading, stop_streaming], ids=["socket", "stream"])
Opener = Callable[..., socket.socket]


@WAYS
async def test_a_dead_reader_is_let_go_and_the_others_hear_everything(
    peopled_site: Peopled, open_to_nobody: Opener
) -> None:
    site, tokens = peopled_site
    site.environment["RATE_LIMITS"] = "0"
    site.start()
    async with Bot(site, tokens["ana"]) as ana, Bot(site, tokens["ben"]) as ben:
        with closing(await asyncio.to_thread(open_to_nobody, site.port, tokens["cleo"])) as dead:
            before = resident_bytes(site.pid)

            for number in range(POSTS):
                await ana.say(f"{number} {LARGE}")

            await ben.until(lambda: len(ben.messages) == POSTS, 60)
            assert [text.split(" ")[0] for text in ben.texts()] == [str(number) for number in range(POSTS)]
            assert resident_bytes(site.pid) - before < 60 * 1024**2
            assert await asyncio.to_thread(is_cut, dead)
            numbers = await asyncio.to_thread(httpx.get, f"{site.url}/metrics", trust_env=False)
            assert read(numbers.text)["chat_dropped_readers_total"] == 1
        with closing(await asyncio.to_thread(open_to_nobody, site.port, tokens["cleo"], since=0)) as again:
            taken = await asyncio.to_thread(read_until, again, b'"synced"')
            assert taken.count(b'"message.created"') == POSTS, "more than may wait for anybody, but they read"


def is_cut(reader: socket.socket) -> bool:
    """What the kernel still holds can be read; then the line is dead, or a stream says why it ends."""
    reader.settimeout(10)
    taken, end = 0, b""
    try:
        while got := reader.recv(65536):
            taken, end = taken + len(got), (end + got)[-200:]
            if end.endswith(b"0\r\n\r\n"):
                return b'"code":1013' in end
    except ConnectionResetError:
        return True
    return taken < POSTS * len(LARGE)


def resident_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@WAYS
async def test_a_slow_reader_loses_who_types_and_no_message(peopled_site: Peopled, open_to_nobody: Opener) -> None:
    site, tokens = peopled_site
    site.environment["RATE_LIMITS"] = "0"
    site.start()
    async with Bot(site, tokens["ana"]) as ana, Bot(site, tokens["ben"]) as ben:
        with closing(await asyncio.to_thread(open_to_nobody, site.port, tokens["cleo"])) as slow:
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


async def test_who_does_not_read_a_page_holds_no_line_to_the_database(
    site_factory: Callable[..., Site], postgres_server: Postgres, postgres_template: Template, model: FakeLLM
) -> None:
    """A process has twenty of them, and a page that is asked for over and over may be many megabytes long."""
    site = site_factory(RATE_LIMITS="0")
    copy_postgres(postgres_template, postgres_server, site, model)
    site.start()
    tokens = postgres_template.tokens
    async with Bot(site, tokens["ana"]) as ana:
        for number in range(100):
            await ana.say(f"{number} {LARGE}")
        await ana.until(lambda: len(ana.messages) == 100, 60)
    with ExitStack() as readers:
        for _ in range(25):
            path = "/api/rooms/general/messages?limit=100"
            readers.enter_context(closing(await asyncio.to_thread(ask_for, site.port, path, tokens["cleo"])))
        await asyncio.sleep(3)

        async with httpx.AsyncClient(base_url=site.url, trust_env=False, timeout=30) as ben:
            answers = [await ben.get("/api/rooms", headers=bearer(tokens["ben"])) for _ in range(5)]

    assert [answer.status_code for answer in answers] == [200] * 5


def ask_for(port: int, path: str, token: str) -> socket.socket:
    return open_line(port, path, "", token, b"HTTP/1.1 200")


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
