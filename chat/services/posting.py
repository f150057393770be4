"""What several people say in a room at the same moment, stored by one transaction.

Their posts would wait for each other at the room's lock anyway, each with a thread and a connection in hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog

from chat import events, metrics
from chat.database import AWAY
from chat.exceptions import ChatError
from chat.models import Room, User
from chat.services.messages import checked_text, post_message, rendered
from chat.services.storing import Checked, Posted, store

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Words:
    """Somebody's, with what came along."""

    author: User
    text: str
    client_id: UUID | None = None
    reply_to: int | None = None


def post_together(room: Room, said: Sequence[Words]) -> list[Posted | Exception]:
    """Each stored, in this order, or what speaks against it. One that is refused harms no other.

    :raises OperationalError: or another of ``AWAY``: the database is away; nobody knows what it has taken.
    """
    if len(said) == 1:
        return [_alone(room, said[0])]
    looked = [_look(words) for words in said]
    try:
        posted = iter(_store(room, [each for each in looked if isinstance(each, Checked)]))
    except AWAY:
        raise
    except Exception as error:  # noqa: BLE001 - of one of them; each by itself finds out whose
        if not isinstance(error, ChatError):
            log.warning("posts_apart", reason=type(error).__name__)  # a database says in its reason what was said
        pairs = zip(said, looked, strict=True)
        return [found if isinstance(found, Exception) else _alone(room, words) for words, found in pairs]
    return [each if isinstance(each, Exception) else next(posted) for each in looked]


def _look(words: Words) -> Checked | Exception:
    try:
        text = checked_text(words.text)
        return Checked(words.author, text, rendered(text), words.client_id, words.reply_to)
    except AWAY:
        raise
    except Exception as error:  # noqa: BLE001 - told to its author
        return error


def _store(room: Room, said: Sequence[Checked]) -> list[Posted]:
    with events.together(), events.changing(room.pk) as room:
        posted = store(room, said)
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
