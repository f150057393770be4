"""Files that are text, whatever they call themselves, and as much of them as there is room for. Pure."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from chat.markup import clean_text
from chat.replies.tokens import estimate_tokens

MOST_CHARACTERS_OF_A_TOKEN = 8  # of a text as it comes: more are not even looked at
# In UTF-8, too: what is no ASCII has more bytes to a character, but far fewer characters to a token.
MOST_BYTES_OF_A_TOKEN = MOST_CHARACTERS_OF_A_TOKEN
LEAST_READ = 16_000  # bytes: so much a file counts for that is opened at all
HEAD_SHARE = 2 / 3  # what a file is, stands at its beginning; what went wrong, at the end of a log
_LONGEST_STEP_BACK = 200  # characters, to the end of a line
_WIDE = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_BINARY = (b"%PDF-", b"{\\rtf", b"%!PS")  # documents that happen to be written in letters
_TERMINAL_COLOURS = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
_CONTROL = re.compile(r"[\x00-\x06\x0e-\x1a\x1c-\x1f\x7f]")
_MOST_CONTROLS = 0.01


@dataclass(frozen=True, slots=True)
class Readable:
    """A text: all of it in ``head``, or its beginning, about ``unread`` characters that nobody has read, its end."""

    head: str
    tail: str = ""
    unread: int = 0

    @property
    def known(self) -> int:
        return len(self.head) + len(self.tail)


@dataclass(frozen=True, slots=True)
class Excerpt:
    """``left_out`` characters stood between ``head`` and ``tail``: so many, or about so many where not all was read.
    ``tokens``: what it is estimated at."""

    head: str
    tail: str = ""
    left_out: int = 0
    tokens: int = 0
    is_about: bool = False


def text_in(content: bytes) -> str | None:
    """None if this is none: only UTF-8, and UTF-16 that says so, without what no text has."""
    text = _text_of(content, _encoding_of(content))
    return None if text is None else text.rstrip()


def begins_as_text(beginning: bytes) -> bool:
    """Whether what begins so may be one."""
    return _text_of(beginning, _encoding_of(beginning), is_whole=False) is not None


def is_wide(beginning: bytes) -> bool:
    """Two bytes to each character."""
    return _encoding_of(beginning) != "utf-8-sig"


def text_at_ends(head: bytes, tail: bytes, unread: int) -> Readable | None:
    """The same of what is read only where it begins and ends, with so many bytes between."""
    encoding = _encoding_of(head)
    begins = _text_of(head, encoding, is_whole=False)
    ends = _text_of(_from_character(tail, len(head) + unread, encoding), encoding)
    if begins is None or ends is None:
        return None
    characters = round(unread * (len(begins) + len(ends)) / (len(head) + len(tail)))
    return Readable(begins, ends.rstrip(), max(1, characters))


def excerpt(text: Readable, tokens: int) -> Excerpt:
    """All of it, or beginning and end with together at most so many tokens."""
    size = min(text.known, tokens * MOST_CHARACTERS_OF_A_TOKEN)
    while True:
        cut = _cut(text, size)
        if cut.tokens <= tokens or size == 0:
            return cut
        size = int(size * min(0.95, tokens / cut.tokens))


def _encoding_of(beginning: bytes) -> str:
    return _WIDE.get(beginning[:2], "utf-8-sig")


def _text_of(content: bytes, encoding: str, *, is_whole: bool = True) -> str | None:
    """What ends in the middle of a character, where there is more of it, ends before that."""
    if content.startswith(_BINARY):
        return None
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(content, is_whole).removeprefix("\ufeff")
    except UnicodeDecodeError:
        return None
    if "\0" in text or sum(1 for _ in _CONTROL.finditer(text)) > len(text) * _MOST_CONTROLS:
        return None
    return clean_text(_TERMINAL_COLOURS.sub("", text))


def _from_character(tail: bytes, place: int, encoding: str) -> bytes:
    """From the first whole one on. ``place``: where in its file it begins."""
    if encoding in _WIDE.values():
        tail = tail[place % 2 :]
        high = tail[1:2] if encoding == "utf-16-le" else tail[:1]
        return tail[2:] if b"\xdc" <= high <= b"\xdf" else tail  # the second half of a pair
    return tail[next((at for at, byte in enumerate(tail[:4]) if byte & 0xC0 != 0x80), 0) :]


def _cut(text: Readable, size: int) -> Excerpt:
    if size >= text.known and not text.unread:
        return Excerpt(text.head, tokens=estimate_tokens(text.head))
    first = int(size * HEAD_SHARE)
    end = text.tail if text.unread else text.head
    head, tail = _to_line_end(text.head[:first]), _from_line_start(end[max(0, len(end) - (size - first)) :])
    tokens = estimate_tokens(head) + estimate_tokens(tail)
    left_out = text.known + text.unread - len(head) - len(tail)
    return Excerpt(head, tail, left_out, tokens, is_about=text.unread > 0)


def _to_line_end(text: str) -> str:
    end = text.rfind("\n", max(0, len(text) - _LONGEST_STEP_BACK))
    return text[:end] if end > 0 else text


def _from_line_start(text: str) -> str:
    return text[text.find("\n", 0, _LONGEST_STEP_BACK) + 1 :]
