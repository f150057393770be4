"""What several people say in a room at the same moment, stored by one transaction.

Their posts would wait for each other at the room's lock anyway, each with a thread and a connection in hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from chat import events, metrics
from chat.database import AWAY
from chat.markup import Rendered
from chat.models import Room, User
from chat.services.memberships import Door
from chat.services.messages import Posted, checked_text, post_message, rendered, store


@dataclass(frozen=True, slots=True)
class Words:
    """Somebody's, with what came along."""

    author: User
    text: str
    client_id: UUID | None = None
    reply_to: int | None = None


@dataclass(frozen=True, slots=True)
class Looked:
    """Words that may be said, cleaned and rendered."""

    words: Words
    text: str
    body: Rendered


def post_together(room: Room, said: Sequence[Words]) -> list[Posted | Exception]:
    """Each stored, in this order, or what speaks against it. One that is refused harms no other.

    :raises OperationalError: :raises InterfaceError: the database is away; nobody knows what it has taken.
    """
    if len(said) == 1:
        return [_alone(room, said[0])]
    looked = [_look(words) for words in said]
    try:
        posted = iter(_store(room, [each for each in looked if isinstance(each, Looked)]))
    except AWAY:
        raise
    except Exception:  # noqa: BLE001 - of one of them; each by itself finds out whose
        return [each if isinstance(each, Exception) else _alone(room, each.words) for each in looked]
    return [each if isinstance(each, Exception) else next(posted) for each in looked]


def _look(words: Words) -> Looked | Exception:
    try:
        text = checked_text(words.text)
        return Looked(words, text, rendered(text))
    except AWAY:
        raise
    except Exception as error:  # noqa: BLE001 - told to its author
        return error


def _store(room: Room, looked: Sequence[Looked]) -> list[Posted]:
    with events.together(), transaction.atomic():
        room = Room.objects.lock(room.pk)
        door = Door(room, [each.words.author for each in looked])
        posted = [
            store(
                door,
                room,
                each.words.author,
                each.text,
                each.body,
                client_id=each.words.client_id,
                reply_to=each.words.reply_to,
            )
            for each in looked
        ]
        door.close()
        room.keep()
    metrics.POSTS.add(sum(one.is_new for one in posted))
    return posted


def _alone(room: Room, words: Words) -> Posted | Exception:
    try:
        return post_message(
            room=room, author=words.author, text=words.text, client_id=words.client_id, reply_to=words.reply_to
        )
    except AWAY:
        raise
    except Exception as error:  # noqa: BLE001 - told to its author
        return error
