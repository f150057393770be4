"""Messages by their words, in the rooms that somebody may read.

What is typed finds the beginnings of words, whatever their case and accents (a single letter only itself); in quotes it
finds the words as they stand, one behind the other. ``from:ana`` and ``in:garden`` say by whom, and where. The words of
all messages are kept by the database itself: docs/decisions/0016.
"""

from __future__ import annotations

from django.db import connection

from chat.models import Message, User
from chat.search import postgresql, sqlite
from chat.search.places import place_of
from chat.search.terms import MOST_CHARACTERS, Term, Wanted, read

__all__ = ["MOST_CHARACTERS", "Term", "Wanted", "find", "read"]


def find(wanted: Wanted, reader: User, *, limit: int, before: int | None = None) -> list[Message]:
    """What this person may read of it, the newest first, with authors and rooms; nothing where no word is given.

    :param before: the key of a message; only older ones.
    :raises TooBroad: it took too long.
    """
    place = place_of(wanted, reader) if wanted.terms else None
    if place is None:
        return []
    messages = Message.objects.visible_to(reader)
    if place.author is not None:
        messages = messages.filter(author=place.author)
    if wanted.room:
        messages = messages.filter(room__slug=wanted.room)
    database = postgresql if connection.vendor == "postgresql" else sqlite
    keys = database.keys_of(messages, wanted.terms, place, before, limit)
    return list(Message.objects.filter(pk__in=keys).select_related("author", "room").order_by("-pk"))
