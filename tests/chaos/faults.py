"""Each function makes one thing go wrong, and returns when it is well again. What it saw goes into the notes."""

from __future__ import annotations

import asyncio
import base64
import os
import resource
import signal
import socket
import sqlite3
import struct
import time
from collections.abc import Awaitable, Callable
from contextlib import closing, suppress
from pathlib import Path

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, ConnectionClosedError

from tests.chaos.restarting import restart_one_by_one
from tests.chaos.stage import Stage, restart
from tests.chaos.test_dead_reader import stop_reading
from tests.chaos.use import use_of
from tests.servers.nginx import GRACE_SECONDS

Fault = Callable[[Stage], Awaitable[None]]
CONNECTS = 2000


async def redis_restarted_and_flushed(stage: Stage) -> None:
    assert stage.redis is not None
    await asyncio.to_thread(stage.redis.stop)  # it keeps nothing
    await asyncio.to_thread(stage.redis.start)


async def redis_gone_for_20_s(stage: Stage) -> None:
    assert stage.redis is not None
    await asyncio.to_thread(stage.redis.stop)
    before = len(stage.crowd.said)
    await asyncio.sleep(20)
    said = set(list(stage.crowd.said)[: before + 100])  # the last ones of them are still on their way
    await stage.crowd.everybody_has(said, 20)
    stage.notes.append(f"the first {len(said) - before} posts of those 20 s were with everybody before it came back")
    await asyncio.to_thread(stage.redis.start)


async def postgresql_restarted(stage: Stage) -> None:
    assert stage.postgres is not None
    await asyncio.to_thread(stage.postgres.stop)
    await asyncio.sleep(1)
    await asyncio.to_thread(stage.postgres.start)


async def sqlite_locked_for_3_s(stage: Stage) -> None:
    def lock() -> None:
        with closing(sqlite3.connect(stage.site.directory / "db.sqlite3", timeout=30, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            time.sleep(3)
            other.execute("ROLLBACK")

    await asyncio.to_thread(lock)


async def a_process_killed(stage: Stage) -> None:
    await asyncio.to_thread(stage.sites[0].kill)
    await restart(stage.sites[:1])


async def all_processes_killed(stage: Stage) -> None:
    for site in stage.sites:
        await asyncio.to_thread(site.kill)
    await restart(stage.sites)


async def every_process_restarted_in_turn(stage: Stage) -> None:
    """By deploy/rolling-restart.sh."""
    assert stage.whole is not None
    told = await restart_one_by_one(stage.whole.units, stage.directory)
    assert told.count("is ready") == len(stage.whole.units)


async def nginx_reloaded(stage: Stage) -> None:
    assert stage.whole is not None
    before = [client.connects for client in stage.crowd.clients]
    stage.whole.nginx.reload()
    await asyncio.sleep(GRACE_SECONDS + 3)
    cut = sum(client.connects > count for client, count in zip(stage.crowd.clients, before, strict=True))
    assert cut > len(before) / 2, cut
    stage.notes.append(f"{cut} of {len(before)} sockets were cut by the old workers, and came back")


async def readers_that_stop_reading(stage: Stage) -> None:
    token = stage.tokens["dora"]
    dead = [await asyncio.to_thread(stop_reading, stage.site.port, token) for _ in range(10)]
    await asyncio.sleep(5)
    for one in dead:
        one.close()


async def a_client_that_floods(stage: Stage) -> None:
    url = f"ws://127.0.0.1:{stage.site.port}/ws/rooms/general/"
    headers = {"Authorization": f"Bearer {stage.tokens['dora']}"}
    async with connect(url, subprotocols=["chat.json.v1"], additional_headers=headers, proxy=None) as flooder:  # type: ignore[list-item]
        hearing = asyncio.create_task(hear_all(flooder))
        async with asyncio.timeout(40):
            with suppress(ConnectionClosed):
                while True:
                    await flooder.send('{"type":"message.delete","id":1}')  # refused, and counted
                    await asyncio.sleep(0.002)
            await hearing
        assert flooder.close_code == 4429, flooder.close_code
    stage.notes.append("closed with 4429")


async def hear_all(line: ClientConnection) -> None:
    with suppress(ConnectionClosedError):
        async for _ in line:
            pass


async def a_frame_of_100_mb(stage: Stage) -> None:
    with closing(await asyncio.to_thread(stop_reading, stage.site.port, stage.tokens["dora"])) as line:
        before = use_of(stage.site).memory
        await asyncio.to_thread(send_large, line, 100 * 1024**2)
        held = use_of(stage.site).memory
        answer = await asyncio.to_thread(read_all, line)
    assert struct.pack("!H", 1009) in answer
    assert held - before < 30 * 1024**2
    stage.notes.append(f"closed with 1009; {(held - before) / 1024**2:.0f} MB were held of it")


def send_large(line: socket.socket, size: int) -> None:
    """A text frame of that size, masked with zeros, until the server has enough."""
    line.settimeout(10)
    sent = 0
    with suppress(OSError):
        line.sendall(b"\x81\xff" + struct.pack("!Q", size) + b"\0\0\0\0")
        piece = b"a" * 65536
        while sent < size:
            line.sendall(piece)
            sent += len(piece)


def read_all(line: socket.socket) -> bytes:
    """What was said before it ended."""
    said = b""
    with suppress(OSError):
        while got := line.recv(65536):
            said += got
    return said


async def so_many_connects_at_once(stage: Stage) -> None:
    """Each a whole handshake, all begun together, and left together."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
    began = time.monotonic()
    lines = await asyncio.gather(*(handshake(stage.site.port, stage.tokens["dora"]) for _ in range(CONNECTS)))
    stage.notes.append(f"{CONNECTS} handshakes in {time.monotonic() - began:.1f} s, none refused")
    for writer in lines:
        writer.close()


async def handshake(port: int, token: str) -> asyncio.StreamWriter:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    key = base64.b64encode(os.urandom(16)).decode()
    writer.write(
        f"GET /ws/rooms/general/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: chat.json.v1\r\n"
        f"Authorization: Bearer {token}\r\n\r\n".encode()
    )
    assert await asyncio.wait_for(reader.read(12), 60) == b"HTTP/1.1 101"
    return writer


async def packets_that_vanish(stage: Stage) -> None:
    """Half of the clients come through a proxy that stops forwarding, and closes nothing."""
    proxy = stage.proxy
    assert proxy is not None
    proxy.freeze()
    await asyncio.sleep(8)
    behind = [client for client in stage.crowd.clients if client.site is not stage.site]
    stage.notes.append(f"{sum(client.is_down for client in behind)} of {len(behind)} clients had noticed within 8 s")
    proxy.thaw()


async def the_clock_moved(stage: Stage) -> None:
    """An hour ahead, and back."""
    for _ in range(2):
        for site in stage.sites:
            os.kill(site.pid, signal.SIGUSR2)
        await asyncio.sleep(4)


async def the_disk_full(stage: Stage) -> None:
    """Of the site's database: filled to the last block, then freed."""
    ballast = Path(stage.site.directory) / "ballast"

    def fill() -> None:
        with suppress(OSError), ballast.open("wb", buffering=0) as target:
            while True:
                target.write(b"\0" * 4096)

    await asyncio.to_thread(fill)
    await asyncio.sleep(5)
    errors = sum(client.errors.count("unavailable") for client in stage.crowd.clients)
    stage.notes.append(f"{errors} posts refused meanwhile, and sent again")
    ballast.unlink()
