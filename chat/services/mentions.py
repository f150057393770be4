from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.db.models.expressions import ExpressionList

from chat import markup
from chat.models import Mention, Message, Room, User
from chat.prepared import Given, PreparedAmong, PreparedInsert


def mentionable(text: str) -> dict[str, markup.Mentioned]:
    """Whom this text may name, by one query."""
    rows = NAMED.all(markup.names_in(text))
    return {name: markup.Mentioned(pk, name, kind == User.Kind.ASSISTANT) for pk, name, kind in rows}


def link_mentions(message: Message, users: tuple[int, ...]) -> None:
    mentions = [
        Mention(message=message, user_id=user, room_id=message.room_id, sequence=message.sequence) for user in users
    ]
    if len(mentions) == 1:
        MENTIONED.insert(mentions[0])
    else:
        Mention.objects.bulk_create(mentions)


def unlink_mentions(message: Message, *, but: tuple[int, ...] = ()) -> set[int]:
    """Whom it named until now. Most words name nobody: then nothing is deleted."""
    before = set(message.mentions.values_list("user_id", flat=True))
    if not before.issubset(but):
        message.mentions.exclude(user_id__in=but).delete()
    return before


def who_hears(message: Message, users: tuple[int, ...]) -> tuple[int, ...]:
    """Who hears that they were named: people who may read it, and not oneself."""
    if message.room.kind == Room.Kind.PUBLIC:
        rows = HEARING.all(users, author=message.author_id)
    else:
        rows = HEARING_MEMBERS.all(users, author=message.author_id, room=message.room_id)
    return tuple(pk for (pk,) in rows)


def _hearing(users: ExpressionList) -> QuerySet[User, Any]:
    people = User.objects.filter(pk__in=users).exclude(pk=Given("author")).exclude(kind=User.Kind.ASSISTANT)
    return people.values_list("pk")


NAMED = PreparedAmong(
    lambda names: User.objects.filter(username__in=names, is_active=True).values_list("pk", "username", "kind")
)
HEARING = PreparedAmong(_hearing)
HEARING_MEMBERS = PreparedAmong(lambda users: _hearing(users).filter(memberships__room=Given("room")))
MENTIONED = PreparedInsert(lambda: Mention)
