"""How an answer is cut into objects is decided by what came back, not by what was asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from chat.providers.errors import FailureKind
from chat.providers.jsontext import is_json_object
from chat.providers.sse import EventTooLarge, ServerEvent, SSEDecoder
from chat.providers.trouble import Trouble

_BOM = b"\xef\xbb\xbf"
_BEGINS_A_STREAM = tuple(bytes([letter]) for letter in b"deir:")  # data, event or error, id, retry, a comment
WHOLE_ANSWER = "whole answer"  # the name of an object that came as JSON and not as an event


class Decoder(Protocol):
    def feed(self, received: bytes) -> Iterator[ServerEvent]: ...

    def finish(self) -> Iterator[ServerEvent]: ...


def decoder_for(content_type: str, limit: int) -> Decoder:
    """:raises Trouble: a web page, where an API was expected."""
    match content_type.partition(";")[0].strip().lower():
        case "text/event-stream":
            return SSEDecoder(limit)
        case "text/html":
            raise _web_page()
        case promised:
            return Guess(limit, is_json=promised == "application/json")


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
    """No telling content type: the first visible byte decides. It does so too where JSON was promised, for gateways
    answer with streams and with web pages under that name.
    """

    def __init__(self, limit: int, *, is_json: bool = False) -> None:
        self._limit = limit
        self._is_json = is_json
        self._mark = b""
        self._decoder: Decoder | None = None

    def feed(self, received: bytes) -> Iterator[ServerEvent]:
        if self._decoder is None and (received := self._visible(received)):
            self._decoder = self._choose(received)
        if self._decoder is not None:
            yield from self._decoder.feed(received)

    def finish(self) -> Iterator[ServerEvent]:
        if self._decoder is not None:
            yield from self._decoder.finish()

    def _visible(self, received: bytes) -> bytes:
        """From the first visible byte on. A mark of the byte order may come in pieces."""
        received, self._mark = self._mark + received, b""
        if _BOM.startswith(received):
            self._mark = received
            return b""
        return received.removeprefix(_BOM).lstrip()

    def _choose(self, received: bytes) -> Decoder:
        if received.startswith(b"<"):
            raise _web_page()
        is_json = received.startswith(b"{") or (self._is_json and not received.startswith(_BEGINS_A_STREAM))
        return JSONDecoder(self._limit) if is_json else SSEDecoder(self._limit)


def _web_page() -> Trouble:
    return Trouble(FailureKind.CONFIG, "The server answered with a web page: is the base URL that of its API?")
