"""Server-sent events from bytes, incrementally and in linear time.

The rules are WHATWG's, with the tolerances real servers need. Bytes, because every text-line helper also splits at
U+2028, U+0085 and their like, which are legal inside JSON.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from chat.providers.jsontext import JSONObject, is_json, is_json_object, object_at

_LINE_END = re.compile(rb"\r\n|\n|\r")
_BOM = b"\xef\xbb\xbf"
DONE = "[DONE]"


class ServerEvent(NamedTuple):
    name: str
    data: str


class EventTooLarge(Exception):
    """One event outgrew the limit; nothing after it can be trusted."""


class SSEDecoder:
    def __init__(self, limit: int = 1024 * 1024) -> None:
        self._limit = limit
        self._line = bytearray()
        self._is_first_line = True
        self._ended_with_cr = False
        self._name = ""
        self._values: list[str] = []
        self._size = 0

    def take_objects(self, received: bytes) -> tuple[list[JSONObject], bytes]:
        """Events at the beginning that are one line with an object and nothing else, as nearly all events are, read
        without a look at the rest of the rules; and what is left to be fed."""
        objects: list[JSONObject] = []
        if self.is_amid or not received.startswith(b"data: {") or b"\r" in received or len(received) > self._limit:
            return objects, received
        try:
            text = received.decode()
        except UnicodeDecodeError:
            return objects, received
        at = 0
        while text.startswith("data: {", at) and (found := object_at(text, at + 6)) is not None:
            parsed, end = found
            if not text.startswith("\n\n", end) or text.find("\n", at, end) >= 0:
                break
            objects.append(parsed)
            self._is_first_line, at = False, end + 2
        return objects, text[at:].encode()

    @property
    def is_amid(self) -> bool:
        """Something of an event has come already."""
        return bool(self._line or self._values or self._name or self._ended_with_cr)

    def feed(self, received: bytes) -> Iterator[ServerEvent]:
        """:raises EventTooLarge:"""
        if self._ended_with_cr and received.startswith(b"\n"):
            received = received[1:]
            self._ended_with_cr = False
        if not received:
            return
        self._ended_with_cr = received.endswith(b"\r")
        *lines, rest = _LINE_END.split(received)
        for line in lines:
            self._extend(line)
            yield from self._take_line()
        self._extend(rest)

    def finish(self) -> Iterator[ServerEvent]:
        """The end of the stream. The standard drops an unfinished event; one that is plainly whole is kept."""
        unfinished = [*(self._take_line() if self._line else ()), *self._dispatch()]
        yield from (event for event in unfinished if _is_whole(event.data))

    def _extend(self, part: bytes) -> None:
        if self._size + len(self._line) + len(part) > self._limit:
            raise EventTooLarge(f"an event of more than {self._limit} bytes")
        self._line += part

    def _take_line(self) -> Iterator[ServerEvent]:
        line = bytes(self._line)
        self._line.clear()
        if self._is_first_line:
            self._is_first_line = False
            line = line.removeprefix(_BOM)
        if not line:
            yield from self._dispatch()
        elif not line.startswith(b":"):
            yield from self._take_field(line)

    def _take_field(self, line: bytes) -> Iterator[ServerEvent]:
        # Decoding line by line is decoding incrementally: no line end is part of a UTF-8 sequence, valid or not.
        name, _, value = line.decode("utf-8", "replace").partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._values.append(value)
            self._size += len(line) + 1
        elif name == "event":
            self._name = value
        elif name == "error":  # llama.cpp reports a failure in the middle of a stream in a field of that name
            yield ServerEvent("error", value)

    def _dispatch(self) -> Iterator[ServerEvent]:
        name, values = self._name or "message", self._values
        self._name, self._values, self._size = "", [], 0
        if values:
            yield from (ServerEvent(name, data) for data in _as_sent(values))


def _as_sent(values: list[str]) -> list[str]:
    """Several data lines are one event, unless a proxy has eaten the empty lines between events."""
    joined = "\n".join(values)
    if len(values) == 1 or is_json(joined):
        return [joined]
    return values if any(is_json_object(value) or value.strip() == DONE for value in values) else [joined]


def _is_whole(text: str) -> bool:
    return text.strip() == DONE or is_json(text)
