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
    hits = [found.span() for found in _WORD.finditer(line) if is_hit(found[0])]
    start = _word_before(line, hits[0][0] - BEFORE) if hits else 0
    end = _word_before(line, start + length)
    told = [Stretch("…", is_hit=False)] if start else []
    told += (stretch for stretch in _stretches(line, start, end, hits) if stretch.text)
    if end < len(line):
        told.append(Stretch("…", is_hit=False))
    return told


def _word_before(line: str, place: int) -> int:
    """Where the word begins in which this place is; the place itself within what is longer than any word."""
    if place <= 0 or place >= len(line):
        return max(0, min(place, len(line)))
    return line.rfind(" ", max(0, place - BEFORE), place) + 1 or place


def _stretches(line: str, start: int, end: int, hits: list[tuple[int, int]]) -> Iterator[Stretch]:
    place = start
    for begins, ends in hits:
        if begins >= end:
            break
        yield Stretch(line[place:begins], is_hit=False)
        yield Stretch(line[begins : min(ends, end)], is_hit=True)
        place = min(ends, end)
    yield Stretch(line[place:end], is_hit=False)
