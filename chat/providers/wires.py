"""The lines to back ends, and a way past the HTTP library for the body of an answer that is streamed.

The library takes a chunked body apart one chunk at a time, through half a dozen layers each: for an answer of many
small chunks that costs more than everything else we do with it. So heads, all other bodies, and the end of a chunked
one are the library's; what lies between is read here, as many chunks at a time as have come.
"""

# ruff: noqa: ASYNC109 - the time-outs are the library's

from __future__ import annotations

import re
import ssl
from collections.abc import AsyncGenerator, Iterable
from typing import Any

import httpcore
import httpx

from chat.providers.arrived import READ_BYTES, Arrived
from chat.providers.chunked import Chunks
from chat.providers.inflating import packing_of

_END_OF_HEAD = re.compile(rb"\n\r?\n")
_LONGEST_HEAD = 256 * 1024


class Wire(httpcore.AsyncNetworkStream):
    """Gives the library the head of an answer by itself, so that it holds nothing of the body yet."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream
        self._below: Any = getattr(stream, "_stream", None)
        self._arrived = Arrived(self._below)
        self._head: bytearray | None = None  # what has come of it; None behind it
        self._chunks: Chunks | None = None  # of a body that is read here
        self._kept = b""

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        received, self._kept = self._kept or await self._stream.read(max_bytes, timeout), b""
        return received if self._head is None else self._up_to_body(received)

    async def body(self) -> AsyncGenerator[bytes, None]:
        """What the chunks carry, as far as they go. Then the library is to read on: the end, or what is no chunk."""
        if self._head is not None:
            return
        chunks = self._chunks = Chunks()
        received, self._kept = self._kept, b""
        while True:
            if carried := chunks.feed(received):
                yield carried
            if chunks.is_over or not (received := await self._received()):
                break
        self._chunks, self._kept = None, chunks.rest

    def arrived(self) -> bytes:
        """What has come since ``body`` gave something, without waiting; nothing if it has to be waited for."""
        if self._chunks is None or self._chunks.is_over:
            return b""
        return self._chunks.feed(self._arrived.take())

    async def _received(self) -> bytes:
        """Nothing where the line is at its end, or broken: when the library reads on it finds out, and has a name for
        it. Below the library's own layer, where there is one that we know: it sets a timer that we do not use."""
        try:
            if hasattr(self._below, "receive"):
                return bytes(await self._below.receive(READ_BYTES)) + self._arrived.take()
            return await self._stream.read(READ_BYTES, None)
        except Exception:  # noqa: BLE001 - whatever it is, it is still so when the library reads
            return b""

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._head, self._chunks = bytearray(), None
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> Wire:
        return Wire(await self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

    def _up_to_body(self, received: bytes) -> bytes:
        assert self._head is not None
        before = len(self._head)
        self._head += received
        end = _END_OF_HEAD.search(self._head, max(0, before - 2))
        if end is None:
            if len(self._head) > _LONGEST_HEAD:
                self._head = bytearray()
            return received
        is_provisional = self._head[9:10] == b"1"  # 100 Continue and its like: the answer's own head is to come
        self._head = bytearray() if is_provisional else None
        cut = end.end() - before
        self._kept = received[cut:]
        return received[:cut]


class Wiring(httpcore.AsyncNetworkBackend):
    """Connects as the library does."""

    def __init__(self, backend: httpcore.AsyncNetworkBackend) -> None:
        self._backend = backend

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> Wire:
        return Wire(await self._backend.connect_tcp(host, port, timeout, local_address, socket_options))

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> Wire:
        return Wire(await self._backend.connect_unix_socket(path, timeout, socket_options))

    async def sleep(self, seconds: float) -> None:
        await self._backend.sleep(seconds)


def wire_of(response: httpx.Response) -> Wire | None:
    """Where the body can be read past the library: in chunks, and packed in no other way."""
    wire = response.extensions.get("network_stream")
    is_chunked = response.headers.get("transfer-encoding", "").strip().lower() == "chunked"
    is_plain = not packing_of(response)
    return wire if isinstance(wire, Wire) and response.status_code == 200 and is_chunked and is_plain else None


def wired(client: httpx.AsyncClient) -> httpx.AsyncClient:
    """Also by way of the proxies that the environment names. The library has no door for this: where its insides are
    others than we know, everything is read through it, only slower."""
    for transport in (client._transport, *client._mounts.values()):
        pool = getattr(transport, "_pool", None)
        if isinstance(pool, httpcore.AsyncConnectionPool):
            pool._network_backend = Wiring(pool._network_backend)
    return client
