"""What whoever opens a room is shown first, by whatever line they come: the welcome, what they missed, what runs."""

from __future__ import annotations

from chat import frames, metrics, wire
from chat.access import Visit
from chat.catchup import CatchUp
from chat.frames import Frame
from chat.hub import Socket, current_hub

LOADING_SECONDS = 2.0


def welcome(visit: Visit) -> Frame:
    room = {"slug": visit.room.slug, "name": visit.room.name, "kind": visit.room.kind}
    return frames.plain(
        type="welcome",
        room=room,
        user=wire.person(visit.user),
        role=visit.role,
        sequence=visit.room.last_sequence,
        revision=visit.room.revision,
        last_read=visit.last_read,
    )


def show_running(socket: Socket) -> None:
    """Without a pause between reading the state and writing it: the next frame is the next number."""
    for running in current_hub().following.running_in(socket.room_id):
        for frame in running.snapshot():
            socket.show(frame)


async def catch_up(socket: Socket, since: int) -> None:
    """The answer to a ``sync``: every change after this revision, what runs, and ``synced``; or ``resync``."""
    hub = current_hub()
    await hub.following.loaded(socket.room_id, LOADING_SECONDS)
    found = await hub.catching.catch_up(socket.room_id, since)
    if socket not in hub.attendance:  # gone meanwhile
        return
    if found.changes is None:
        metrics.RESYNCS.add()
        socket.show(frames.plain(type="resync", revision=found.revision))
        return
    metrics.SYNC_CHANGES.observe(len(found.changes))
    _show_changes(socket, found)
    show_running(socket)
    socket.show(frames.plain(type="synced", revision=found.revision))


def _show_changes(socket: Socket, found: CatchUp) -> None:
    for change in sorted(found.changes or (), key=lambda change: change.revision):
        is_own = change.client_id and change.author == socket.user_id
        socket.show(change.frame.addressed(change.client_id) if is_own else change.frame)
