from __future__ import annotations

from chat import markup
from chat.models import Mention, Message, Room, User
from chat.prepared import PreparedAmong, PreparedInsert


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


def who_hears(message: Message, users: tuple[int, ...]) -> tuple[int, ...]:
    """Who hears that they were named: people who may read it, and not oneself."""
    if not users:
        return ()
    people = User.objects.filter(pk__in=users).exclude(pk=message.author_id).exclude(kind=User.Kind.ASSISTANT)
    if message.room.kind != Room.Kind.PUBLIC:
        people = people.filter(memberships__room=message.room_id)
    return tuple(people.values_list("pk", flat=True))


NAMED = PreparedAmong(
    lambda names: User.objects.filter(username__in=names, is_active=True).values_list("pk", "username", "kind")
)
MENTIONED = PreparedInsert(lambda: Mention)
