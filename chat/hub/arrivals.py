"""Who comes into a room and who goes, told to those who are in it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from chat import events, presence, wire

if TYPE_CHECKING:
    from chat.hub.hub import Hub
    from chat.hub.socket import Socket

GRACE_SECONDS = 5.0  # a reload is no departure
CROWD = 100  # in a bigger room nobody reads a thousand arrivals, and each would cost a thousand frames


class Arrivals:
    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        hub.on("presence", self._correct)

    def came(self, socket: Socket) -> None:
        presence.here.add(socket.user_id)
        if self._tabs(socket) == 1 and self._is_small(socket.room_id):
            self._announce(socket, online=True)

    def went(self, socket: Socket) -> None:
        if not self._hub.attendance.sockets_of(socket.user_id):
            presence.here.discard(socket.user_id)
        if self._tabs(socket) == 0 and self._is_small(socket.room_id):
            self._hub.spawn(self._part(socket))

    async def _part(self, socket: Socket) -> None:
        await asyncio.sleep(GRACE_SECONDS)
        if self._tabs(socket) == 0:
            self._announce(socket, online=False)

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
