"""What somebody looks for, in the words in which they say it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

MOST_CHARACTERS = 300
MOST_TERMS = 20  # each is looked for by itself

# Of letters, and for a space: as PostgreSQL is told, too.
ACCENTS = r"\u0300-\u036f"
SIGNS = r"!-/:-@\[-`{-~\u00a0-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8\u00bb\u00bf\u2010-\u206f\u3000-\u3004\u3008-\u3020"

_TERM = re.compile(r'(?P<where>from|in):@?#?(?P<name>[^\s"]+)|"(?P<exact>[^"]*)"?|(?P<word>[^\s"]+)', re.IGNORECASE)
_SIGNS, _ACCENTS = re.compile(f"[{SIGNS}]+"), re.compile(f"[{ACCENTS}]+")


@dataclass(frozen=True, slots=True)
class Term:
    """``text``: one word, or several that stand one behind the other; of the last one the beginning is enough."""

    text: str
    is_exact: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """``author`` is the name of an account, ``room`` the address of a room; all in small letters, or empty."""

    terms: tuple[Term, ...]
    author: str = ""
    room: str = ""

    @property
    def is_hit(self) -> Callable[[str], bool]:
        """Is this word of a message one that was looked for?"""
        whole: set[str] = set()
        beginnings: tuple[str, ...] = ()
        for term in self.terms:
            *words, last = _folded(term.text).split()
            whole.update(words, [last] if term.is_exact else [])
            beginnings += () if term.is_exact else (last,)

        def is_hit(word: str) -> bool:
            folded = _folded(word)
            return folded in whole or folded.startswith(beginnings)

        return is_hit


def read(typed: str) -> Wanted:
    """What somebody looks for, in the words in which they say it."""
    terms: list[Term] = []
    named = {"from": "", "in": ""}
    for found in _TERM.finditer(typed[:MOST_CHARACTERS]):
        if found["where"]:
            named[found["where"].lower()] = found["name"].casefold()
            continue
        is_exact = found["exact"] is not None
        text = " ".join(_SIGNS.sub(" ", found["exact"] if is_exact else found["word"]).split())
        if any(map(str.isalnum, text)):
            terms.append(Term(text, is_exact or (len(text) == 1 and text.isascii())))  # half of all words begin so
    return Wanted(tuple(terms[:MOST_TERMS]), named["from"], named["in"])


def _folded(text: str) -> str:
    return text.lower() if text.isascii() else without_accents(text).casefold()


def without_accents(text: str) -> str:
    return _ACCENTS.sub("", unicodedata.normalize("NFD", text))
