"""What was typed, whatever case it stands in. SQLite, and PostgreSQL in the locale C, have capitals of ASCII only."""

from __future__ import annotations

from functools import reduce
from operator import or_

from django.db.models import Q


def containing(field: str, typed: str) -> Q:
    return reduce(or_, (Q((f"{field}__icontains", spelling)) for spelling in spellings(typed)))


def spellings(typed: str) -> tuple[str, ...]:
    """What has to be asked for to find it: the usual cases, where the database may not know them."""
    if typed.isascii():
        return (typed,)
    return tuple(dict.fromkeys((typed, typed.lower(), typed.capitalize(), typed.title(), typed.upper())))
