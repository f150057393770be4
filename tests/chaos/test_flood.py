"""Who says more than can be answered waits with the rest of it: that fills no memory and holds up nobody."""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from contextlib import closing, suppress

import httpx

from tests.chaos.conftest import Peopled
from tests.chaos.faults import read_all
from tests.chaos.test_dead_reader import LARGE, resident_bytes, stop_reading
from tests.site import Site

FLOOD_SECONDS = 5.0
MOST_GROWN = 40 * 1024**2  # what waits is at most 32 of these, and what the kernel gives at once
ASKED = b'{"type":"sync","since":0,"padding":"%s"}' % (b"x" * 60_000)
LATE_SECONDS = 2.5
WRITE = b'{"type":"message.delete","id":1}'
REFUSED = b"\x81" + bytes([0x80 | len(WRITE)]) + b"\0\0\0\0" + WRITE
FRAME = b"\x81\xfe" + len(ASKED).to_bytes(2, "big") + b"\0\0\0\0" + ASKED


async def test_what_nobody_has_answered_yet_is_not_read(peopled_site: Peopled) -> None:
    site, tokens = peopled_site
    site.start()
    await asyncio.to_thread(say_much, site, tokens["ana"])
    with closing(await asyncio.to_thread(stop_reading, site.port, tokens["cleo"])) as flooding:
        before = resident_bytes(site.pid)

        sent = await asyncio.to_thread(flood, flooding)

        assert resident_bytes(site.pid) - before < MOST_GROWN, f"of {sent} bytes"
        assert (await asyncio.to_thread(httpx.get, f"{site.url}/healthz", trust_env=False)).status_code == 200


async def test_who_is_closed_for_flooding_is_told_so_however_late_they_read(peopled_site: Peopled) -> None:
    site, tokens = peopled_site
    site.start()
    with closing(await asyncio.to_thread(stop_reading, site.port, tokens["ana"])) as flooding:
        flooding.settimeout(20)
        await asyncio.to_thread(flooding.sendall, REFUSED * 5_000)
        await asyncio.sleep(LATE_SECONDS)

        assert struct.pack("!H", 4429) in await asyncio.to_thread(read_all, flooding)


def say_much(site: Site, token: str) -> None:
    """So each answer is more than is written at once: what waits for that is no reason to go on reading."""
    url, headers = f"{site.url}/api/rooms/general/messages", {"Authorization": f"Bearer {token}"}
    for _ in range(8):
        httpx.post(url, json={"text": LARGE}, headers=headers, trust_env=False).raise_for_status()


def flood(line: socket.socket) -> int:
    """As much as goes, for some seconds; the answers are read."""
    line.setblocking(False)
    sent, rest, until = 0, FRAME, time.monotonic() + FLOOD_SECONDS
    while time.monotonic() < until:
        with suppress(BlockingIOError):
            line.recv(1024**2)
        try:
            written = line.send(rest)
        except BlockingIOError:
            time.sleep(0.001)
            continue
        sent, rest = sent + written, rest[written:] or FRAME
    return sent
