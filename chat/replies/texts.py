"""Files that are text, whatever they call themselves, and as much of them as there is room for. Pure."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from chat.markup import clean_text
from chat.replies.tokens import estimate_tokens

MOST_CHARACTERS_OF_A_TOKEN = 8  # of a text as it comes: more are not even looked at
_HEAD_SHARE = 2 / 3  # what a file is, stands at its beginning; what went wrong, at the end of a log
_LONGEST_STEP_BACK = 200  # characters, to the end of a line
_BINARY = (b"%PDF-", b"{\\rtf", b"%!PS")  # documents that happen to be written in letters
_TERMINAL_COLOURS = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
_CONTROL = re.compile(r"[\x00-\x06\x0e-\x1a\x1c-\x1f\x7f]")
_MOST_CONTROLS = 0.01


@dataclass(frozen=True, slots=True)
class Excerpt:
    """``left_out`` characters stood between ``head`` and ``tail``. ``tokens``: what it is estimated at."""

    head: str
    tail: str = ""
    left_out: int = 0
    tokens: int = 0


def text_in(content: bytes) -> str | None:
    """None if this is none: only UTF-8, and UTF-16 that says so, without what no text has."""
    if content.startswith(_BINARY):
        return None
    is_wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = content.decode("utf-16" if is_wide else "utf-8-sig")
    except UnicodeDecodeError:
        return None
    if "\0" in text or sum(1 for _ in _CONTROL.finditer(text)) > len(text) * _MOST_CONTROLS:
        return None
    return clean_text(_TERMINAL_COLOURS.sub("", text)).rstrip()


def excerpt(text: str, tokens: int) -> Excerpt:
    """All of it, or beginning and end with together at most so many tokens."""
    size = min(len(text), tokens * MOST_CHARACTERS_OF_A_TOKEN)
    while True:
        cut = _cut(text, size)
        if cut.tokens <= tokens or size == 0:
            return cut
        size = int(size * min(0.95, tokens / cut.tokens))


def _cut(text: str, size: int) -> Excerpt:
    if size >= len(text):
        return Excerpt(text, tokens=estimate_tokens(text))
    first = int(size * _HEAD_SHARE)
    head, tail = _to_line_end(text[:first]), _from_line_start(text[len(text) - (size - first) :])
    tokens = estimate_tokens(head) + estimate_tokens(tail)
    return Excerpt(head, tail, len(text) - len(head) - len(tail), tokens)


def _to_line_end(text: str) -> str:
    end = text.rfind("\n", max(0, len(text) - _LONGEST_STEP_BACK))
    return text[:end] if end > 0 else text


def _from_line_start(text: str) -> str:
    return text[text.find("\n", 0, _LONGEST_STEP_BACK) + 1 :]
