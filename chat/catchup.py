"""Everything that changed in a room since a revision: for a socket's ``sync``, a hub that heals, a page that polls."""

from __future__ import annotations

from dataclasses import dataclass

from chat import frames
from chat.frames import Frame
from chat.models import Room, pages

LIMIT = 500


@dataclass(frozen=True, slots=True)
class Change:
    """One frame with its number. Its author hears the ``client_id`` too."""

    revision: int
    frame: Frame
    author: int = 0
    client_id: str = ""

    def told_to(self, user_id: int) -> Frame:
        """As this person hears it."""
        is_own = self.client_id and self.author == user_id
        return self.frame.addressed(self.client_id) if is_own else self.frame


@dataclass(frozen=True, slots=True)
class CatchUp:
    """``changes`` is None where the room is to be read anew: there are too many, or an earlier database has taken the
    place of the one that was known, as after a restore."""

    revision: int
    changes: tuple[Change, ...] | None


def catch_up(room_id: int, since: int, limit: int = LIMIT) -> CatchUp:
    """The room's row is read first, then the messages without an upper bound: what comes between is seen twice."""
    room = Room.objects.get(pk=room_id)
    if since >= room.revision:
        return CatchUp(room.revision, () if since == room.revision else None)
    messages = pages.changed_since(room, since, limit)
    if messages is None:
        return CatchUp(room.revision, None)
    changes = [
        Change(
            message.revision, frames.message_changed(message, since), message.author_id, str(message.client_id or "")
        )
        for message in messages
    ]
    if room.changed_revision > since:
        frame = frames.room_changed(room, room.memberships.count(), room.changed_revision)
        changes.insert(0, Change(room.changed_revision, frame))
    return CatchUp(room.revision, tuple(changes))
