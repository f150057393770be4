"""Model text as it may be stored and shown: no half characters, no control characters, one kind of line end."""

from __future__ import annotations

import re

_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_UNCLEAN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")  # all that is looked for, at a glance
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_LINE_END = re.compile("\r\n|\r")


class TextCleaner:
    """Cleans deltas so that the result does not depend on where they were cut."""

    def __init__(self) -> None:
        self._held = ""  # the first half of a character whose second half comes with the next delta
        self._ended_with_cr = False

    def feed(self, delta: str) -> str:
        if not (self._held or self._ended_with_cr or _UNCLEAN.search(delta)):
            return delta
        delta = self._held + _CONTROLS.sub("", delta)
        self._held = ""
        if delta and "\ud800" <= delta[-1] <= "\udbff":
            delta, self._held = delta[:-1], delta[-1]
        return self._unify_line_ends(whole_characters(delta))

    def finish(self) -> str:
        held, self._held = self._held, ""
        return "\ufffd" if held else ""

    def _unify_line_ends(self, delta: str) -> str:
        if not delta:
            return ""
        if self._ended_with_cr:
            delta = delta.removeprefix("\n")
        self._ended_with_cr = delta.endswith("\r")
        return _LINE_END.sub("\n", delta)


def whole_characters(text: str) -> str:
    """Joins surrogate halves; a half without its other half becomes U+FFFD."""
    if not _SURROGATE.search(text):
        return text
    return _SURROGATE.sub("\ufffd", _PAIR.sub(_joined, text))


def clean_line(text: str, longest: int) -> str:
    """Foreign text as one storable line of at most so many characters."""
    flat = re.sub(r"[\s\u2028\u2029]+", " ", _CONTROLS.sub(" ", text))
    return whole_characters(flat).strip()[:longest]


def _joined(pair: re.Match[str]) -> str:
    return pair.group().encode("utf-16-le", "surrogatepass").decode("utf-16-le")
