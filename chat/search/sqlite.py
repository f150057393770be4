"""By the table of FTS5: see migration 0007."""

from __future__ import annotations

from chat.models.messages import MessageQuerySet
from chat.search.places import Place
from chat.search.terms import Term


def keys_of(
    messages: MessageQuerySet, terms: tuple[Term, ...], place: Place, before: int | None, limit: int
) -> list[int]:
    """In the order of the table of words, of which no more is read than what is shown."""
    where = ["chat_messagewords.rowid = chat_message.id", "chat_messagewords MATCH %s"]
    params = [_match(terms, place)]
    if before is not None:
        where.append("chat_messagewords.rowid < %s")
        params.append(str(before))
    found = messages.extra(  # noqa: S610 - all of it constant
        tables=["chat_messagewords"], where=where, params=params, order_by=["-chat_messagewords.rowid"]
    )
    return list(found.values_list("pk", flat=True)[:limit])


def _match(terms: tuple[Term, ...], place: Place) -> str:
    """What is in double quotes is words and nothing else, and there are no such quotes in a term."""
    words = " AND ".join(f'"{term.text}"' + "*" * (not term.is_exact) for term in terms)
    parts = [f"text : ({words})"]
    if place.rooms is not None:
        parts.append(f"place : ({' OR '.join(f'r{room}' for room in place.rooms)})")
    if place.author is not None:
        parts.append(f"place : a{place.author}")
    return " AND ".join(parts)
