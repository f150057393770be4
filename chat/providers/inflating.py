"""Answers that come compressed, though nobody asked for that: a little at a time, for a few hundred bytes can be made
to hold gigabytes, and more so if they are packed twice."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from typing import cast

import httpx

PIECE_BYTES = 64 * 1024
_WITH_HEAD = 32 + zlib.MAX_WBITS  # gzip's or zlib's
_GZIP = b"\x1f\x8b"
_KNOWN = frozenset({"gzip", "x-gzip", "deflate"})
_PACKINGS = _KNOWN | {"br", "zstd", "compress", "x-compress", "dcb", "dcz"}


def packing_of(response: httpx.Response) -> str:
    """Empty where it comes as it is. A name that is no packing's says nothing: "none" is how many a gateway keeps its
    own compression from a stream, and some put the character set there."""
    names = (name.strip().lower() for name in response.headers.get("content-encoding", "").split(","))
    return ", ".join(name for name in names if name in _PACKINGS)


async def body_in_pieces(response: httpx.Response) -> AsyncGenerator[bytes, None]:
    """:raises httpx.DecodingError: damaged, or packed in a way that was never asked for."""
    packed = packing_of(response)
    raw = cast("AsyncGenerator[bytes, None]", response.aiter_raw())
    async with aclosing(raw), aclosing(_inflated(raw, packed)) as pieces:
        async for piece in pieces:
            yield piece


async def _inflated(raw: AsyncIterator[bytes], packed: str) -> AsyncGenerator[bytes, None]:
    if not packed:
        async for received in raw:
            yield received
        return
    if packed not in _KNOWN:
        raise httpx.DecodingError("The answer is packed in a way that was not asked for.")
    inflating = Inflating()
    async for received in raw:
        for piece in inflating.feed(received):
            yield piece
            await asyncio.sleep(0)  # others are served between two pieces


class Inflating:
    """What is in gzip (in one member or several), zlib's format, or (as some call it) bare deflate."""

    def __init__(self) -> None:
        self._decoder = zlib.decompressobj(_WITH_HEAD)
        self._is_first = True
        self._behind = b""  # the first bytes of what follows a member's end

    def feed(self, received: bytes) -> Iterator[bytes]:
        if self._decoder.eof:
            received = self._next_member(self._behind + received)
        while received:
            yield from self._of_member(received)
            received = self._next_member(self._decoder.unused_data)

    def _next_member(self, behind: bytes) -> bytes:
        """Some pack each flush by itself. What is no such member means nothing."""
        self._behind = behind[: len(_GZIP)]
        if self._behind != _GZIP:
            return b""
        self._decoder = zlib.decompressobj(_WITH_HEAD)
        return behind

    def _of_member(self, received: bytes) -> Iterator[bytes]:
        has_more = bool(received)
        while has_more and not self._decoder.eof:
            piece = self._inflate(received)
            received = self._decoder.unconsumed_tail
            has_more = bool(received) or len(piece) == PIECE_BYTES  # what was read whole is not yet all told
            if piece:
                yield piece

    def _inflate(self, received: bytes) -> bytes:
        try:
            piece = self._decoder.decompress(received, PIECE_BYTES)
        except zlib.error as error:
            if not self._is_first:
                raise httpx.DecodingError(str(error)) from error
            self._is_first, self._decoder = False, zlib.decompressobj(-zlib.MAX_WBITS)
            return self._inflate(received)
        self._is_first = False
        return piece
