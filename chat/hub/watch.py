"""What the hub does by the clock: beats, heartbeats, re-checks, presence. A fixed number of queries each time, whatever
the number of people, because the broker may lose anything."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import structlog

from chat import frames
from chat.access import NoSuchRoom, SignedOut, Ticket, no_longer_welcome
from chat.database import AWAY, in_database
from chat.hub.listening import DEAF_SECONDS
from chat.models import Room

if TYPE_CHECKING:
    from chat.hub.hub import Hub
    from chat.hub.socket import Socket

log = structlog.get_logger(__name__)

TICK_SECONDS = 1.0
HEARTBEAT_SECONDS = 25.0
CLOSE_CODES = {SignedOut: 4401, NoSuchRoom: 4404}


async def watch(hub: Hub) -> None:
    def recheck_some(event: Mapping[str, Any]) -> None:
        hub.spawn(recheck(hub, user_id=event["user"], room_id=event["room"]))

    hub.on("access", recheck_some)
    hub.spawn(keep_beating(hub))
    slow_at = time.monotonic() + HEARTBEAT_SECONDS
    deaf: frozenset[int] = frozenset()
    while True:
        await asyncio.sleep(TICK_SECONDS)
        try:
            deaf = await tick(hub, were_deaf=deaf)
            if time.monotonic() >= slow_at:
                slow_at += HEARTBEAT_SECONDS
                await beat(hub)
        except (*AWAY, OSError) as error:  # the database is away for a moment
            log.warning("watch_failed", error=repr(error))
        except Exception:
            log.exception("watch_failed")


async def keep_beating(hub: Hub) -> None:
    """Whatever the database does: a process that is silent is taken for dead, and its people for gone."""
    while True:
        await asyncio.sleep(TICK_SECONDS)
        hub.others.beat()


async def recheck(hub: Hub, *, user_id: int | None = None, room_id: int | None = None) -> None:
    """Close the sockets of those who may no longer watch: of one person, of one room, or of all."""
    sockets = hub.attendance.everybody() if user_id is None else hub.attendance.sockets_of(user_id)
    tickets: dict[Ticket, list[Socket]] = {}
    for socket in sockets:
        if room_id is None or socket.room_id == room_id:
            tickets.setdefault(socket.ticket, []).append(socket)
    if not tickets:
        return
    for ticket, reason in (await in_database(no_longer_welcome, list(tickets))).items():
        for socket in tickets[ticket]:
            hub.leave(socket)
            await socket.close(CLOSE_CODES[reason])


async def tick(hub: Hub, *, were_deaf: frozenset[int]) -> frozenset[int]:
    """Through each host of the broker we send ourselves beats: on which ones are we deaf?

    Rooms whose announcements may not reach us are read by number.
    """
    deaf = hub.listening.unheard = hub.listening.deaf()
    hub.others.look(deaf | were_deaf)
    for number in deaf - were_deaf:
        log.warning("broker_unheard", host=number, seconds=DEAF_SECONDS)
    unsure = [desk for desk in list(hub.desks.values()) if hub.listening.is_unsure(desk, deaf | were_deaf)]
    if unsure:
        await read_by_number(hub, [desk.room_id for desk in unsure])
    hub.listening.mend(unsure, were_deaf)
    if hub.listening.carries_all in were_deaf - deaf:
        hub.missed.make_good_soon()  # who said something meanwhile may have died: no number of theirs goes on
    return deaf


async def beat(hub: Hub) -> None:
    """Every 25 seconds: tell each room its revision, say who is here, and ask who may still be."""
    revisions = await read_by_number(hub, list(hub.desks))
    for room_id, revision in revisions.items():
        if desk := hub.desks.get(room_id):
            desk.broadcast(frames.plain(type="heartbeat", revision=revision))
        await hub.following.drop_ended(room_id)
    await hub.arrivals.report()
    await recheck(hub)


async def read_by_number(hub: Hub, rooms: list[int]) -> dict[int, int]:
    before = {room_id: hub.desks[room_id].delivered for room_id in rooms}
    revisions = await in_database(revisions_of, rooms)
    for room_id, revision in revisions.items():
        if desk := hub.desks.get(room_id):
            desk.notice(revision, had_delivered=before[room_id])
    return revisions


def revisions_of(rooms: list[int]) -> dict[int, int]:
    return dict(Room.objects.filter(pk__in=rooms).values_list("pk", "revision")) if rooms else {}
