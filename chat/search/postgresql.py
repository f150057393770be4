"""By the index of migration 0007, whose expression stands here in the same words: else it is not used."""

from __future__ import annotations

from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet

from chat.exceptions import TooBroad
from chat.models import Message
from chat.models.messages import MessageQuerySet
from chat.models.spelling import spellings
from chat.search.places import Place
from chat.search.terms import ACCENTS, SIGNS, Term, without_accents

PATIENCE_MS = 5_000
NEWEST = 250  # messages, each of which takes 25 µs to be cut into words, and a long answer some milliseconds

_BARE = rf"regexp_replace(normalize(left(chat_message.text, 100000), NFD), '[{ACCENTS}]+', '', 'g')"
_WORDS = f"to_tsvector('simple', regexp_replace({_BARE}, '[{SIGNS}]+', ' ', 'g'))"
_PLACE = "array_to_tsvector(ARRAY['/r' || chat_message.room_id::text, '/a' || chat_message.author_id::text])"
_MATCH = f"({_WORDS} || {_PLACE}) @@ (to_tsquery('simple', %s) && %s::tsquery)"
_IS_WORDS = "numnode(to_tsquery('simple', %s)) > 0"  # else the places alone would be looked for
# By the index, whatever is expected of it. How often the beginning of a word is met is not known to a database, and
# what it does instead, to cut all messages into words, takes half a minute of a million. So does what it forgets of the
# places where words are, where its memory is too small for a word that one in ten has.
_BY_INDEX = """
    SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off; SET LOCAL work_mem = '64MB';
    SET LOCAL statement_timeout = %s
"""


def keys_of(
    messages: MessageQuerySet, terms: tuple[Term, ...], place: Place, before: int | None, limit: int
) -> list[int]:
    """What is often said is found among the newest messages, read one by one: the index would give all of it, to be
    sorted. What is not is found by the index.

    :raises TooBroad: it took too long.
    """
    if before is None:
        newest = Message.objects.order_by("-pk").values_list("pk", flat=True).first()
        before = (newest or 0) + 1
    words = _tsquery(terms)
    found = messages.extra(where=[_IS_WORDS, _MATCH], params=[words, words, _places(place)])  # noqa: S610 - constant
    keys = found.order_by("-pk").values_list("pk", flat=True)
    recent = list(keys.filter(pk__lt=before, pk__gte=before - NEWEST)[:limit])
    if len(recent) == limit:
        return recent
    return recent + _by_index(keys.filter(pk__lt=before - NEWEST), limit - len(recent))


def _by_index(keys: QuerySet[Message, int], limit: int) -> list[int]:
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(_BY_INDEX, [PATIENCE_MS])
            found = list(keys[:limit])
            transaction.set_rollback(True)  # nothing that is asked after it is asked so
            return found
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") == "57014":  # query_canceled
            raise TooBroad from error
        raise


def _tsquery(terms: tuple[Term, ...]) -> str:
    """Without any sign that means something there."""
    return " & ".join(map(_spelled, terms))


def _spelled(term: Term) -> str:
    """A database in the locale C has capitals of ASCII only."""
    spelled = (f"'{without_accents(text)}'" + ":*" * (not term.is_exact) for text in spellings(term.text))
    return f"({' | '.join(dict.fromkeys(spelled))})"


def _places(place: Place) -> str:
    """As they stand beside the words, where no word of a text has that sign."""
    parts = []
    if place.rooms is not None:
        rooms = " | ".join(f"'/r{room}'" for room in place.rooms)
        parts.append(f"({rooms})")
    if place.author is not None:
        parts.append(f"'/a{place.author}'")
    return " & ".join(parts)
