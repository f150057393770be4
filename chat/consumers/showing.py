"""What whoever opens a room is shown first, by whatever line they come: the welcome, what they missed, what runs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from chat import frames, metrics, wire
from chat.database import in_database
from chat.frames import Frame, texts_of
from chat.hub import ROOMS, Socket, current_hub
from chat.models import Membership
from chat.visits import Visit

LOADING_SECONDS = 2.0
AT_ONCE, AT_ONCE_BYTES = 50, 128 * 1024  # frames in one write
AHEAD_BYTES = 256 * 1024  # of an answer, before its reader: a quarter of that for which they would be let go
TAKING_SECONDS = 0.05


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
    tell(socket, running_in(socket.room_id))


def running_in(room_id: int) -> list[Frame]:
    return [frame for running in current_hub().following.running_in(room_id) for frame in running.snapshot()]


async def catch_up(socket: Socket, since: int) -> None:
    """The answer to a ``sync``: every change after this revision, what runs, and ``synced``; or ``resync``."""
    hub = current_hub()
    await hub.following.loaded(socket.room_id, LOADING_SECONDS)
    found = await hub.catching.catch_up(socket.room_id, since, asker=socket.user_id)
    if socket not in hub.attendance:  # gone meanwhile
        return
    desk = hub.desks[socket.room_id]
    desk.flush()
    desk.expect(found.revision)
    if found.changes is None:
        metrics.RESYNCS.add()
        socket.show(frames.plain(type="resync", revision=found.revision))
        return
    metrics.SYNC_CHANGES.observe(len(found.changes))
    await tell_in_time(socket, (change.told_to(socket.user_id) for change in found.changes))
    if socket in hub.attendance:
        hub.desks[socket.room_id].flush()
        tell(socket, [*running_in(socket.room_id), frames.plain(type="synced", revision=found.revision)])


async def compare(socket: Socket, visit: Visit, tally: int | None) -> None:
    """A page's list of rooms was drawn before it heard of anything: if it is not so any more, it is asked for anew."""
    if tally is None or socket not in current_hub().attendance:
        return
    if await in_database(Membership.objects.tally, visit.user, beside=visit.room) != tally:
        socket.show(ROOMS)


def tell(socket: Socket, told: list[Frame]) -> None:
    """In few writes: where everybody comes back at once, each write of each reader counts."""
    for start in range(0, len(told), AT_ONCE):
        socket.push(texts_of(told[start : start + AT_ONCE], is_html=socket.is_html))


async def tell_in_time(socket: Socket, told: Iterable[Frame]) -> None:
    """No faster than it is read: who missed much would be let go in the middle, and come back to ask for the same."""
    texts: list[str] = []
    size = 0
    for frame in told:
        texts += texts_of([frame], is_html=socket.is_html)
        size += len(texts[-1].encode())
        if len(texts) == AT_ONCE or size > AT_ONCE_BYTES:
            socket.push(texts)
            texts, size = [], 0
            if not await _is_near(socket):
                return
    if texts:
        socket.push(texts)


async def _is_near(socket: Socket) -> bool:
    """Once they have read most of it; or not at all, for who has gone, or was sent away, is told no more."""
    attendance = current_hub().attendance
    while socket in attendance and socket.waiting_bytes > AHEAD_BYTES:  # noqa: ASYNC110 - rare
        await asyncio.sleep(TAKING_SECONDS)
    return socket in attendance
