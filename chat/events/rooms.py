from __future__ import annotations

from chat import frames
from chat.events.announcing import to_room
from chat.events.publisher import SITE, publish, room_group
from chat.models import Room


def room_changed(room: Room) -> None:
    frame = frames.room_changed(room, room.memberships.count(), room.changed_revision)
    to_room(room.pk, "change", frame, revision=room.changed_revision)


def room_in_doubt(room_id: int, revision: int = 0) -> None:
    """Something may have been stored there, up to this revision or a newer one, of which nobody was told: whoever shows
    the room asks the database."""
    publish(room_group(room_id), {"kind": "doubt", "room": room_id, "revision": revision})


def site_in_doubt() -> None:
    """The same of what is told to those who are elsewhere, and of who belongs to which room."""
    publish(SITE, {"kind": "site_in_doubt"})


def room_listed(room: Room) -> None:
    """What lists of rooms say of it has changed: for members, wherever they look."""
    publish(SITE, {"kind": "listed", "room": room.pk})


def membership_changed(room_id: int, user_id: int, *, joined: bool) -> None:
    """So that hubs know whom the room's activity concerns, and their lists of rooms are right."""
    publish(SITE, {"kind": "membership", "room": room_id, "user": user_id, "joined": joined})
