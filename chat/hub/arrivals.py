"""Who comes into a room and who goes, told to those who are in it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from chat import events, presence, wire
from chat.database import in_database

if TYPE_CHECKING:
    from chat.hub.hub import Hub
    from chat.hub.socket import Socket

GRACE_SECONDS = 5.0  # a reload is no departure
REPORT_SECONDS = 1.0
CROWD = 100  # in a bigger room nobody reads a thousand arrivals, and each would cost a thousand frames


class Arrivals:
    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._going: dict[tuple[int, int], Socket] = {}  # room and person: the tab that went last
        self._is_reporting = False
        hub.on("presence", self._correct)

    def came(self, socket: Socket) -> None:
        if socket.user_id not in presence.here:
            presence.here.add(socket.user_id)
            self._report_soon()
        if self._tabs(socket) == 1 and self._is_small(socket.room_id):
            self._announce(socket, online=True)

    def went(self, socket: Socket) -> None:
        if not self._hub.attendance.sockets_of(socket.user_id):
            presence.here.discard(socket.user_id)
        if self._tabs(socket) == 0 and self._is_small(socket.room_id):
            self._going[socket.room_id, socket.user_id] = socket
            self._hub.spawn(self._part(socket))

    async def _part(self, socket: Socket) -> None:
        """Who came back within that time and went again parts once: after the last time."""
        await asyncio.sleep(GRACE_SECONDS)
        place = socket.room_id, socket.user_id
        if self._going.get(place) is not socket:
            return
        del self._going[place]
        if self._tabs(socket) == 0:
            self._announce(socket, online=False)
        if socket.user_id not in presence.here:
            self._report_soon()

    def _report_soon(self) -> None:
        """So that pages of other processes need not wait for the next beat; however many come or go: once a second."""
        if self._hub.publisher.is_shared and not self._is_reporting:
            self._is_reporting = True
            self._hub.spawn(self._report())

    async def _report(self) -> None:
        await asyncio.sleep(REPORT_SECONDS)
        self._is_reporting = False
        await in_database(presence.report, self._hub.publisher.origin, self._hub.attendance.users())

    def _correct(self, event: Mapping[str, Any]) -> None:
        """Another process saw somebody go who is still here: say so."""
        if not event["online"] and (desk := self._hub.desks.get(event["room"])) and event["author"] in desk.users():
            events.presence_changed(event["room"], {"id": event["author"], "name": event["name"]}, online=True)

    def _announce(self, socket: Socket, *, online: bool) -> None:
        person: wire.Person = {"id": socket.user_id, "name": socket.user}
        events.presence_changed(socket.room_id, person, online=online)

    def _tabs(self, socket: Socket) -> int:
        sockets = self._hub.attendance.sockets_of(socket.user_id)
        return sum(other.room_id == socket.room_id for other in sockets)

    def _is_small(self, room_id: int) -> bool:
        desk = self._hub.desks.get(room_id)
        return desk is None or len(desk) <= CROWD
