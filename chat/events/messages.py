from __future__ import annotations

from collections.abc import Collection

from chat import frames
from chat.events.announcing import to_room
from chat.events.people import mentioned, unmentioned
from chat.events.publisher import SITE, publish
from chat.models import Message


def message_created(message: Message, mentions: tuple[int, ...] = ()) -> None:
    """Tell everybody in the room, and lightly those who are elsewhere."""
    client_id = str(message.client_id or "")
    to_room(
        message.room_id,
        "change",
        frames.message_created(message),
        revision=message.revision,
        author=message.author_id,
        client_id=client_id,
    )
    publish(
        SITE,
        {
            "kind": "activity",
            "room": message.room_id,
            "slug": message.room.slug,
            "sequence": message.sequence,
            "author": message.author_id,
        },
    )
    mentioned(message, mentions)


def message_updated(message: Message, mentions: tuple[int, ...] = (), no_longer: Collection[int] = ()) -> None:
    """Where its words were changed, also who is named in them newly, and who no longer."""
    to_room(message.room_id, "change", frames.message_updated(message), revision=message.revision)
    mentioned(message, mentions)
    unmentioned(no_longer)


def message_deleted(message: Message, no_longer: Collection[int] = ()) -> None:
    to_room(message.room_id, "change", frames.message_deleted(message), revision=message.revision)
    unmentioned(no_longer)
