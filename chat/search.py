"""Messages by their words, in the rooms that somebody may read.

What is typed finds the beginnings of words, whatever their case and accents (a single letter only itself); in quotes it
finds the words as they stand, one behind the other. ``from:ana`` and ``in:garden`` say by whom, and where. The words of
all messages are kept by the database itself: docs/decisions/0016.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from django.db import connection

from chat.models import Message, Room, User
from chat.models.messages import MessageQuerySet
from chat.models.spelling import spellings

MOST_CHARACTERS = 300
MOST_TERMS = 20  # each is looked for by itself
MOST_ROOMS = 200  # that are named to SQLite

SIGNS = r"!-/:-@\[-`{-~\u00a0-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8\u00bb\u00bf\u2010-\u206f\u3000-\u3004\u3008-\u3020"
ACCENTS = r"\u0300-\u036f"
# In the very words of the index: else it is not used.
_BARE = rf"regexp_replace(normalize(left(chat_message.text, 100000), NFD), '[{ACCENTS}]+', '', 'g')"
_ON_POSTGRESQL = f"to_tsvector('simple', regexp_replace({_BARE}, '[{SIGNS}]+', ' ', 'g')) @@ to_tsquery('simple', %s)"

_TERM = re.compile(r'(?P<where>from|in):@?#?(?P<name>[^\s"]+)|"(?P<exact>[^"]*)"?|(?P<word>[^\s"]+)', re.IGNORECASE)
_SIGNS, _ACCENTS = re.compile(f"[{SIGNS}]+"), re.compile(f"[{ACCENTS}]+")


@dataclass(frozen=True, slots=True)
class Term:
    """``text``: one word, or several that stand one behind the other; of the last one the beginning is enough."""

    text: str
    is_exact: bool = False

    def has(self, folded: str) -> bool:
        *words, last = _folded(self.text).split()
        return folded in words or folded == last or (folded.startswith(last) and not self.is_exact)


@dataclass(frozen=True, slots=True)
class Wanted:
    """``author`` is the name of an account, ``room`` the address of a room; all in small letters, or empty."""

    terms: tuple[Term, ...]
    author: str = ""
    room: str = ""

    def has(self, word: str) -> bool:
        """Is this word of a message one that was looked for?"""
        folded = _folded(word)
        return any(term.has(folded) for term in self.terms)


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


def find(wanted: Wanted, reader: User, *, before: int | None = None) -> MessageQuerySet:
    """What this person may read of it, the newest first, with authors and rooms; nothing where no word is given.

    :param before: the key of a message; only older ones.
    """
    found = Message.objects.visible_to(reader).select_related("author", "room")
    if not wanted.terms:
        return found.none()
    if wanted.author:
        found = found.filter(author__username=wanted.author)
    if wanted.room:
        found = found.filter(room__slug=wanted.room)
    if connection.vendor == "postgresql":
        return _on_postgresql(found, wanted, before)
    return _on_sqlite(found, wanted, reader, before)


def _on_postgresql(messages: MessageQuerySet, wanted: Wanted, before: int | None) -> MessageQuerySet:
    older = messages if before is None else messages.filter(pk__lt=before)
    found = older.extra(where=[_ON_POSTGRESQL], params=[_as_tsquery(wanted.terms)])  # noqa: S610 - constant
    return found.order_by("-pk")


def _on_sqlite(messages: MessageQuerySet, wanted: Wanted, reader: User, before: int | None) -> MessageQuerySet:
    """In the order of the table of words, of which no more is read than what is shown."""
    where = ["chat_messagewords.rowid = chat_message.id", "chat_messagewords MATCH %s"]
    params = [f"text : ({_as_match(wanted.terms)}){_places(wanted, reader)}"]
    if before is not None:
        where.append("chat_messagewords.rowid < %s")
        params.append(str(before))
    return messages.extra(  # noqa: S610 - constant
        tables=["chat_messagewords"], where=where, params=params, order_by=["-chat_messagewords.rowid"]
    )


def _places(wanted: Wanted, reader: User) -> str:
    """Who reads few rooms of a site, or wants one of them, would else have every message looked up in which the words
    are. This only spares the work: what may be read is said by the query itself."""
    rooms = Room.objects.visible_to(reader)
    if wanted.room:
        rooms = rooms.filter(slug=wanted.room)
    keys = list(rooms.values_list("pk", flat=True)[: MOST_ROOMS + 1])
    place = f" AND place : ({' OR '.join(f'r{key}' for key in keys)})" if 0 < len(keys) <= MOST_ROOMS else ""
    author = User.objects.filter(username=wanted.author).values_list("pk", flat=True).first() if wanted.author else None
    return place + (f" AND place : a{author}" if author else "")


def _as_match(terms: tuple[Term, ...]) -> str:
    """For FTS5. What is in double quotes is words and nothing else, and there are no such quotes in a term."""
    return " AND ".join(f'"{term.text}"' + "*" * (not term.is_exact) for term in terms)


def _as_tsquery(terms: tuple[Term, ...]) -> str:
    """For PostgreSQL: without any sign that means something there."""
    return " & ".join(map(_spelled, terms))


def _spelled(term: Term) -> str:
    """A database in the locale C has capitals of ASCII only."""
    spelled = (f"'{without_accents(text)}'" + ":*" * (not term.is_exact) for text in spellings(term.text))
    return f"({' | '.join(dict.fromkeys(spelled))})"


def _folded(text: str) -> str:
    return without_accents(text).casefold()


def without_accents(text: str) -> str:
    return _ACCENTS.sub("", unicodedata.normalize("NFD", text))
