"""A model's server that streams at a given pace: `python -m bench.peers.model PORT`, OpenAI's wire on 127.0.0.1.

The question says what to answer: ``rate=50 tokens=1000`` words that carry the moment they were sent, or
``rate=180 prose=60000`` characters of Markdown. The pace is kept by the clock, not by the last pause, so a reader who
is too slow shows in the ages of the words.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import Callable

from bench.sample_text import prose_tokens, stamp

SCRIPT = re.compile(r"rate=(?P<rate>\d+) (?P<kind>tokens|prose)=(?P<amount>\d+)")
THINKING_SECONDS = 0.05  # until the first token
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
LISTING = b'{"object":"list","data":[{"id":"fake"}]}'
MODELS = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(LISTING), LISTING)


class Line(asyncio.Protocol):
    """One connection; it answers one request after the other."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self._received = bytearray()
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer:
            self._timer.cancel()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, separator, rest = bytes(self._received).partition(b"\r\n\r\n")
        found = re.search(rb"(?i)content-length: *(\d+)", head)
        length = int(found[1]) if found else 0
        if not separator or len(rest) < length:
            return
        self._received = bytearray(rest[length:])
        if head.startswith(b"GET"):
            self.transport.write(MODELS)
        else:
            self._answer(json.loads(rest[:length]))

    def _answer(self, asked: dict) -> None:
        *_, script = SCRIPT.finditer(json.dumps(asked["messages"]))
        word, count = words(script["kind"], int(script["amount"]))
        self.transport.write(HEAD + chunk(role="assistant", content=""))
        began = self._loop.time() + THINKING_SECONDS
        self._stream(word, 0, count, began, 1 / int(script["rate"]))

    def _stream(self, word: Callable[[int], str], number: int, count: int, began: float, pause: float) -> None:
        """All that is due, and a timer for the next one."""
        while number < count and began + number * pause <= self._loop.time():
            self.transport.write(chunk(content=word(number)))
            number += 1
        if number < count:
            due = began + number * pause
            self._timer = self._loop.call_at(due, self._stream, word, number, count, began, pause)
        else:
            usage = {"prompt_tokens": 9, "completion_tokens": count, "total_tokens": count + 9}
            self.transport.write(chunk("stop") + sent({"choices": [], "usage": usage}) + body(b"data: [DONE]\n\n"))
            self.transport.write(b"0\r\n\r\n")


def words(kind: str, amount: int) -> tuple[Callable[[int], str], int]:
    if kind == "tokens":
        return stamp, amount
    pieces = prose_tokens(amount)
    return pieces.__getitem__, len(pieces)


def chunk(finish: str | None = None, /, **delta: str) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return sent({"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "fake", "choices": [choice]})


def sent(parsed: object) -> bytes:
    return body(b"data: " + json.dumps(parsed).encode() + b"\n\n")


def body(part: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(part), part)


async def serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Line, "127.0.0.1", port, backlog=1024)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
