"""A reader that stops reading costs nobody else anything, and the server only so much memory."""

from __future__ import annotations

import asyncio
import base64
import os
import socket
from contextlib import closing
from pathlib import Path

from tests.chaos.bots import Bot
from tests.chaos.conftest import Peopled

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
