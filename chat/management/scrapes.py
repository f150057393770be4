"""``/metrics`` of a process that serves nothing else; and that it lives, for whoever looks after containers."""

from __future__ import annotations

import asyncio
import re
from contextlib import closing

from chat.metrics import CONTENT_TYPE
from chat.scraping import is_direct, may_scrape, scrape

PATIENCE_SECONDS = 10.0
PORTS = range(2**16)
HEALTH = re.compile(rb"(?:GET|HEAD) /healthz(?:\?\S*)? HTTP/1\.[01]\r\n")
REQUEST_LINE = re.compile(rb"(?:GET|HEAD) /metrics(?:\?\S*)? HTTP/1\.[01]\r\n")
HOST = re.compile(rb"\r\nhost: *(\S*) *\r\n", re.IGNORECASE)
FORWARDED = re.compile(rb"\r\n(?:x-forwarded-|x-real-ip|forwarded)[^\r]*:", re.IGNORECASE)
BEARER = re.compile(rb"\r\nauthorization: *bearer +(\S+) *\r\n", re.IGNORECASE)


async def answer_scrapes(host: str, port: int) -> asyncio.Server:
    """From now on. One request to a connection; a request's head is at most what a stream holds, 64 KiB.

    :raises OverflowError: there is no such port. Python's loop says so itself, uvloop would take another one.
    """
    if port not in PORTS:
        raise OverflowError("there is no such port")
    return await asyncio.start_server(_converse, host, port)


async def _converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with closing(writer):
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
                answer = await _answer(head, writer.get_extra_info("peername")[0])
                writer.write(_head_of(answer) if head.startswith(b"HEAD ") else answer)
                await writer.drain()
        except (TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError):
            return


async def _answer(head: bytes, peer: str) -> bytes:
    if HEALTH.match(head):
        return _response("200 OK", "text/plain; charset=utf-8", "ok\n")
    is_local = is_direct(peer=peer, host=_value(HOST, head), is_forwarded=bool(FORWARDED.search(head)))
    if not REQUEST_LINE.match(head) or not may_scrape(_value(BEARER, head), is_local=is_local):
        return _response("404 Not Found", "text/plain; charset=utf-8", "Not found\n")
    return _response("200 OK", CONTENT_TYPE, await scrape())


def _head_of(answer: bytes) -> bytes:
    return answer[: answer.index(b"\r\n\r\n") + 4]


def _value(field: re.Pattern[bytes], head: bytes) -> str:
    found = field.search(head)
    return found[1].decode("latin-1") if found else ""


def _response(status: str, content_type: str, text: str) -> bytes:
    body = text.encode()
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body
