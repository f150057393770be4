"""Who comes into a room and who goes, told to those who are in it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import structlog

from chat import events, presence, wire
from chat.database import in_database
from chat.frames import Frame

if TYPE_CHECKING:
    from chat.hub.hub import Hub
    from chat.hub.socket import Socket

log = structlog.get_logger(__name__)

GRACE_SECONDS = 5.0  # a reload is no departure
REPORT_SECONDS = 1.0
CROWD = 100  # in a bigger room nobody reads a thousand arrivals, and each would cost a thousand frames

Place = tuple[int, int]  # room and person


class Arrivals:
    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._going: dict[Place, tuple[float, str]] = {}  # when they will have gone, the next one first; and their name
        self._is_parting = False
        self._is_reporting = False
        hub.on("presence", self._correct)

    def came(self, socket: Socket) -> None:
        presence.here.add(socket.user_id)
        self._going.pop((socket.room_id, socket.user_id), None)
        if self._tabs(socket) == 1:
            self._report_soon()
            if self._is_small(socket.room_id):
                self.announce((socket.room_id, socket.user_id), socket.user, online=True)

    def went(self, socket: Socket) -> None:
        if not self._hub.attendance.sockets_of(socket.user_id):
            presence.here.discard(socket.user_id)
        if self._tabs(socket) == 0:
            self._report_soon()
            if self._is_small(socket.room_id):
                self._going[socket.room_id, socket.user_id] = time.monotonic() + GRACE_SECONDS, socket.user
                self._part_soon()

    def tell(self, event: Mapping[str, Any], frame: Frame) -> None:
        """To the room, if it was not told the same already: each process that somebody leaves says that they went."""
        desk = self._hub.desks.get(event["room"])
        if desk is None or (not event["online"] and event["author"] in desk.users()):
            return
        if desk.present.get(event["author"]) is not event["online"]:
            desk.present[event["author"]] = event["online"]
            desk.broadcast(frame, but=event["author"], is_passing=True)

    async def report(self) -> None:
        """Who is here, for other processes; and which of these there are."""
        people = self._hub.attendance.people()
        self._hub.others.meet(await in_database(presence.report, self._hub.publisher.origin, people))

    def announce(self, place: Place, name: str, *, online: bool) -> None:
        room_id, user_id = place
        person: wire.Person = {"id": user_id, "name": name}
        events.presence_changed(room_id, person, online=online)

    def _part_soon(self) -> None:
        if not self._is_parting:
            self._is_parting = True
            self._hub.spawn(self._part())

    async def _part(self) -> None:
        try:
            while self._going:
                due_at, _ = next(iter(self._going.values()))
                await asyncio.sleep(due_at - time.monotonic())
                elsewhere = await self._elsewhere()
                for place, (gone_at, name) in list(self._going.items()):
                    if gone_at <= due_at:
                        del self._going[place]
                        if not is_in(place, elsewhere):
                            self.announce(place, name, online=False)
        finally:
            self._is_parting = False

    async def _elsewhere(self) -> Sequence[presence.People]:
        """One reading for all who go in this moment. Who is in another process has only closed a tab."""
        if not self._hub.publisher.is_shared:
            return ()
        try:
            return await in_database(presence.elsewhere)
        except Exception as error:  # noqa: BLE001 - whatever a cache raises: the others will contradict
            log.warning("presence_unknown", error=repr(error))
            return ()

    def _report_soon(self) -> None:
        """So that other processes need not wait for the next beat; however many come or go: once a second."""
        if self._hub.publisher.is_shared and not self._is_reporting:
            self._is_reporting = True
            self._hub.spawn(self._report())

    async def _report(self) -> None:
        await asyncio.sleep(REPORT_SECONDS)
        self._is_reporting = False
        await self.report()

    def _correct(self, event: Mapping[str, Any]) -> None:
        """Another process saw somebody go who is still here: say so."""
        if not event["online"] and (desk := self._hub.desks.get(event["room"])) and event["author"] in desk.users():
            self.announce((event["room"], event["author"]), event["name"], online=True)

    def _tabs(self, socket: Socket) -> int:
        sockets = self._hub.attendance.sockets_of(socket.user_id)
        return sum(other.room_id == socket.room_id for other in sockets)

    def _is_small(self, room_id: int) -> bool:
        desk = self._hub.desks.get(room_id)
        return desk is None or len(desk) <= CROWD


def is_in(place: Place, people: Sequence[presence.People]) -> bool:
    room_id, user_id = place
    return any(room_id in rooms.get(user_id, ()) for rooms in people)
