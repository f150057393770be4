"""The part of a text in which somebody's words stand: for what was searched for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from chat.markup.excerpt import unmarked

BEFORE = 60  # characters of it are shown before the first of the words

_WORD = re.compile(r"(?:[^\W_][\u0300-\u036f]*)+")


class Stretch(NamedTuple):
    text: str
    is_hit: bool


def passage(text: str, is_hit: Callable[[str], bool], length: int = 240) -> list[Stretch]:
    """About ``length`` characters without markup, from just before the first hit on or from the beginning; "…" where
    there is more.

    :param is_hit: says it of one word, as it stands in the text.
    """
    line = unmarked(text)
    first = next((found.start() for found in _WORD.finditer(line) if is_hit(found[0])), None)
    start = 0 if first is None else _word_before(line, first - BEFORE)
    end = _word_before(line, start + length)
    told = [Stretch("…", is_hit=False)] if start else []
    told += (stretch for stretch in _stretches(line, start, end, is_hit) if stretch.text)
    if end < len(line):
        told.append(Stretch("…", is_hit=False))
    return told


def _word_before(line: str, place: int) -> int:
    """Where the word begins in which this place is; the place itself within what is longer than any word."""
    if place <= 0 or place >= len(line):
        return max(0, min(place, len(line)))
    return line.rfind(" ", max(0, place - BEFORE), place) + 1 or place


def _stretches(line: str, start: int, end: int, is_hit: Callable[[str], bool]) -> Iterator[Stretch]:
    place = start
    for found in _WORD.finditer(line, start, end):
        if is_hit(found[0]):
            yield Stretch(line[place : found.start()], is_hit=False)
            yield Stretch(found[0], is_hit=True)
            place = found.end()
    yield Stretch(line[place:end], is_hit=False)
