"""How an answer is cut into objects is decided by what came back, not by what was asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from chat.providers.errors import FailureKind
from chat.providers.jsontext import is_json_object
from chat.providers.sse import EventTooLarge, ServerEvent, SSEDecoder
from chat.providers.trouble import Trouble

WHOLE_ANSWER = "whole answer"  # the name of an object that came as JSON and not as an event


class Decoder(Protocol):
    def feed(self, received: bytes) -> Iterator[ServerEvent]: ...

    def finish(self) -> Iterator[ServerEvent]: ...


def decoder_for(content_type: str, limit: int) -> Decoder:
    """:raises Trouble: a web page, where an API was expected."""
    match content_type.partition(";")[0].strip().lower():
        case "text/event-stream":
            return SSEDecoder(limit)
        case "application/json":
            return JSONDecoder(limit)
        case "text/html":
            raise _web_page()
        case _:
            return Guess(limit)


class JSONDecoder:
    """One JSON object, or one in each line; blank lines before it keep the connection alive."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._body = bytearray()
        self._is_one_object = False

    def feed(self, received: bytes) -> Iterator[ServerEvent]:
        if len(self._body) + len(received) > self._limit:
            raise EventTooLarge(f"an answer of more than {self._limit} bytes")
        self._body += received
        if b"\n" not in received or self._is_one_object:
            return
        *lines, rest = self._body.split(b"\n")
        for number, line in enumerate(lines):
            text = line.decode("utf-8", "replace").strip()
            if text and not is_json_object(text):
                self._body = bytearray(b"\n".join((*lines[number:], rest)))
                self._is_one_object = True
                return
            if text:
                yield ServerEvent(WHOLE_ANSWER, text)
        self._body = bytearray(rest)

    def finish(self) -> Iterator[ServerEvent]:
        text = self._body.decode("utf-8", "replace").strip()
        if text:
            yield ServerEvent(WHOLE_ANSWER, text)


class Guess:
    """No telling content type: the first visible byte decides."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._decoder: Decoder | None = None

    def feed(self, received: bytes) -> Iterator[ServerEvent]:
        if self._decoder is None and (received := received.removeprefix(b"\xef\xbb\xbf").lstrip()):
            self._decoder = self._choose(received)
        if self._decoder is not None:
            yield from self._decoder.feed(received)

    def finish(self) -> Iterator[ServerEvent]:
        if self._decoder is not None:
            yield from self._decoder.finish()

    def _choose(self, received: bytes) -> Decoder:
        if received.startswith(b"<"):
            raise _web_page()
        return JSONDecoder(self._limit) if received.startswith(b"{") else SSEDecoder(self._limit)


def _web_page() -> Trouble:
    return Trouble(FailureKind.CONFIG, "The server answered with a web page: is the base URL that of its API?")
