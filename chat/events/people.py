"""What concerns one person, or who may still watch."""

from __future__ import annotations

from collections.abc import Collection

from chat import frames, wire
from chat.events.announcing import in_room
from chat.events.publisher import SITE, publish, room_group
from chat.models import Message, Room, User


def mentioned(message: Message, users: tuple[int, ...]) -> None:
    for user_id in users:
        publish(
            SITE,
            {
                "kind": "mention",
                "user": user_id,
                "slug": message.room.slug,
                "message": message.pk,
                "sequence": message.sequence,
            },
        )


def unmentioned(users: Collection[int]) -> None:
    """Words that named them are taken back: their lists of rooms count what is there no more."""
    if users:
        publish(SITE, {"kind": "unmentioned", "users": sorted(users)})


def read_moved(room: Room, user: User, sequence: int) -> None:
    publish(SITE, {"kind": "read", "user": user.pk, "slug": room.slug, "sequence": sequence})


def access_changed(*, user_id: int | None = None, room_id: int | None = None) -> None:
    """Somebody's right to watch may have ended: whoever holds their sockets asks the database at once."""
    publish(SITE, {"kind": "access", "user": user_id, "room": room_id})


def typing(room_id: int, user: User) -> None:
    frame = frames.plain(type="typing", user=wire.person(user))
    publish(room_group(room_id), in_room(room_id, "typing", frame, author=user.pk))


def presence_changed(room_id: int, user: wire.Person, *, online: bool) -> None:
    frame = frames.plain(type="presence", user=user, online=online)
    publish(
        room_group(room_id), in_room(room_id, "presence", frame, author=user["id"], name=user["name"], online=online)
    )
