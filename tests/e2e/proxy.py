"""A proxy between browsers and a site, of the kinds that stand in offices and trains."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

CONNECTION = re.compile(rb"\r\nConnection: [^\r]*", re.IGNORECASE)


@dataclass(eq=False)
class Proxy:
    """One request to a connection. What it lets pass may change at any time; ``freeze`` holds what is open, too."""

    port: int
    passes_upgrades: bool = True
    passes_streams: bool = True
    held_uploads: asyncio.Event | None = None  # until it is set, what has files is taken in and goes no further
    url: str = ""
    is_frozen: bool = False
    uploads: int = 0  # that have come in whole
    _lines: set[asyncio.Task[None]] = field(default_factory=set)
    _held: list[asyncio.StreamWriter] = field(default_factory=list)

    def freeze(self) -> None:
        """Nothing passes any more, and nobody is told: packets vanish without a close."""
        self.is_frozen = True

    def thaw(self) -> None:
        """It passes again; what was begun meanwhile is reset."""
        self.is_frozen = False
        while self._held:
            self._held.pop().close()

    def cut(self) -> None:
        """Every open line ends."""
        for line in self._lines:
            line.cancel()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._lines.add(task)
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            if self.is_frozen:
                self._held.append(writer)  # accepted by the kernel, answered by nobody
                return
            if self._refuses(head):
                writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                await writer.drain()
            elif self.held_uploads and b"multipart/form-data" in head:
                await self._upload(head, reader, self.held_uploads)
            else:
                await self._forward(head, reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._lines.discard(task)
            if writer not in self._held:
                writer.close()

    def _refuses(self, head: bytes) -> bool:
        is_upgrade = b"\r\nupgrade: websocket" in head.lower()
        is_stream = b"/events/" in head.split(b"\r\n", 1)[0]
        return (is_upgrade and not self.passes_upgrades) or (is_stream and not self.passes_streams)

    async def _forward(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if b"\r\nupgrade:" not in head.lower():
            head = CONNECTION.sub(b"", head[:-2]) + b"Connection: close\r\n\r\n"
        upstream_reader, upstream = await asyncio.open_connection("127.0.0.1", self.port)
        upstream.write(head)
        there = asyncio.create_task(self._pump(reader, upstream))
        try:
            await self._pump(upstream_reader, writer)
        finally:
            there.cancel()
            upstream.close()

    async def _upload(self, head: bytes, reader: asyncio.StreamReader, released: asyncio.Event) -> None:
        """All of it arrives, whether its sender still waits or not; the answer does not come back."""
        length = re.search(rb"(?i)content-length: (\d+)", head)
        assert length
        body = await reader.readexactly(int(length[1]))
        self.uploads += 1
        await released.wait()
        server, upstream = await asyncio.open_connection("127.0.0.1", self.port)
        upstream.write(CONNECTION.sub(b"", head[:-2]) + b"Connection: close\r\n\r\n" + body)
        await server.read()
        upstream.close()

    async def _pump(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while piece := await source.read(65536):
            while self.is_frozen:
                await asyncio.sleep(0.05)
            target.write(piece)
            await target.drain()


@contextlib.asynccontextmanager
async def proxy_before(port: int) -> AsyncIterator[Proxy]:
    proxy = Proxy(port)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield proxy
    finally:
        server.close()
        proxy.thaw()
        proxy.cut()
