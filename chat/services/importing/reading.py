"""A JSON object read as it lies on the disk: key by key, and of one list item by item. Never more of it is held than
the longest value, so what a file costs does not grow with its length."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import TextIOWrapper
from typing import IO, Any

PIECE = 64 * 1024  # characters
LONGEST = 32 * 1024 * 1024  # of one value: text and thoughts of the longest message, each character as two escapes

DECODER = json.JSONDecoder()
SPACE = " \t\n\r"


class Malformed(Exception):
    """The text is no such object; the words say why, in one line."""


def read_object(source: IO[bytes], listed: str) -> Iterator[tuple[str, Any]]:
    """Each key with its value; in the place of the list under ``listed`` each of its items, with that key.

    :raises Malformed: once that much was read.
    """
    text = TextIOWrapper(source, encoding="utf-8-sig")  # some editors put a mark before it
    try:
        yield from _pairs(_Scanner(text), listed)
    except UnicodeDecodeError:
        raise Malformed("it is no text in UTF-8.") from None
    except RecursionError:
        raise Malformed("it is nested too deep.") from None
    finally:
        text.detach()  # whoever opened it closes it


def _pairs(scanner: _Scanner, listed: str) -> Iterator[tuple[str, Any]]:
    seen = set()
    for _ in scanner.items("{", "}"):
        key = scanner.value()
        if not isinstance(key, str) or key in seen:
            raise Malformed(f"a key is no text, or is there twice: {str(key)[:40]}.")
        seen.add(key)
        scanner.take(":")
        if key == listed and scanner.next() == "[":
            yield from ((key, scanner.value()) for _ in scanner.items("[", "]"))
        elif key == listed:
            raise Malformed(f"{key}: a list should be there.")
        else:
            yield key, scanner.value()
    if scanner.next():
        raise Malformed("something comes after its end.")
    if listed not in seen:
        raise Malformed(f"{listed}: it is missing.")


class _Scanner:
    def __init__(self, source: IO[str]) -> None:
        self._source = source
        self._held = ""
        self._at = 0

    def next(self) -> str:
        """The next character that is no space; nothing at the end."""
        while True:
            while self._at < len(self._held):
                if self._held[self._at] not in SPACE:
                    return self._held[self._at]
                self._at += 1
            if not self._more():
                return ""

    def take(self, expected: str) -> None:
        found = self.next()
        if found != expected:
            raise Malformed(f"{expected} should be where {found or 'its end'} is.")
        self._at += 1

    def items(self, opening: str, closing: str) -> Iterator[None]:
        """Once for each thing between them that commas part; whoever asks reads it."""
        self.take(opening)
        if self.next() != closing:
            yield
            while self.next() == ",":
                self._at += 1
                yield
        self.take(closing)

    def value(self) -> Any:
        """What ends where the text held ends may go on: a number."""
        self.next()
        while True:
            try:
                value, end = DECODER.raw_decode(self._held, self._at)
            except json.JSONDecodeError as error:
                if not self._more():
                    raise Malformed(f"{error.msg[:80]}, or it breaks off.") from None
                continue
            except ValueError:
                raise Malformed("one of its numbers is too long.") from None
            if end < len(self._held) or not self._more():
                self._at = end
                return value

    def _more(self) -> bool:
        """As much again as is held: what is long is not looked at a thousand times."""
        held = self._held[self._at :]
        if len(held) > LONGEST:
            raise Malformed("one of its values is too long.")
        more = self._source.read(max(PIECE, len(held)))
        if more:
            self._held, self._at = held + more, 0
        return bool(more)
