"""Lines that die without a word: packets of one end vanish, and nobody is told, as where a host loses its power."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import socket
import struct
from collections.abc import AsyncIterator

SO_ATTACH_FILTER = 26  # Linux; a filter of one instruction: keep nothing
_NOTHING = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))


class Between:
    """Stands before a server. What comes new passes, also after ``vanish``."""

    def __init__(self, port: int) -> None:
        self._to = port
        self.port = 0
        self._lines: set[tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = set()
        self._pumps: set[asyncio.Task[None]] = set()

    def swallow(self) -> None:
        """Of the lines that are open nothing comes through any more, and all is confirmed: by a proxy whose server is
        gone without a word."""
        for pump in self._pumps:
            pump.cancel()

    def vanish(self) -> None:
        """Of the lines that are open nothing comes through any more, and nothing is confirmed."""
        self.swallow()
        for near, _ in self._lines:
            drop_all(near.get_extra_info("socket"))

    def end(self) -> None:
        for line in self._lines:
            for writer in line:
                writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._to)
        self._lines.add((writer, back))
        for source, target in ((reader, back), (there, writer)):
            pump = asyncio.create_task(_pump(source, target))
            self._pumps.add(pump)
            pump.add_done_callback(self._pumps.discard)


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while piece := await source.read(65536):
            target.write(piece)
            await target.drain()
        target.close()


def drop_all(connected: socket.socket) -> None:
    connected.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HL", 1, ctypes.addressof(_NOTHING)))


@contextlib.asynccontextmanager
async def between(port: int) -> AsyncIterator[Between]:
    stands = Between(port)
    server = await asyncio.start_server(stands.serve, "127.0.0.1", 0)
    stands.port = server.sockets[0].getsockname()[1]
    try:
        yield stands
    finally:
        server.close()
        stands.end()
