"""What a page asks for each few seconds where no line stays open: the frames that a socket's ``sync`` would bring."""

from __future__ import annotations

from chat import frames
from chat.catchup import catch_up
from chat.hub.running import load_running
from chat.models import Membership, Room, User


def told_if_outdated(reader: User, room: Room, tally: int) -> list[str]:
    """Whoever asks hears nothing of other rooms: that their list of rooms was drawn otherwise, and how it is now."""
    now = Membership.objects.tally(reader, beside=room)
    return [frames.plain(type="rooms", tally=now).shown] if now != tally else []


def frames_since(reader: User, room: Room, since: int) -> list[str]:
    """As the HTML dialect has them, ``synced`` or ``resync`` last."""
    found = catch_up(room.pk, since)
    if found.changes is None:
        return [frames.plain(type="resync", revision=found.revision).shown]
    return [
        *(change.told_to(reader.pk).shown for change in found.changes),
        *(frame.shown for running in load_running(room.pk) for frame in running.snapshot()),
        frames.plain(type="synced", revision=found.revision).shown,
    ]
