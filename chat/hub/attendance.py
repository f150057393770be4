"""Who is connected here, and which rooms concern them: user to sockets, room to users."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.conf import settings

from chat import frames, limits
from chat.frames import Frame
from chat.hub.socket import Socket

ROOMS = frames.plain(type="rooms")  # one's list of rooms is not what it was


class Attendance:
    """Connected people only. A person's rooms are kept once, however many tabs they have open."""

    def __init__(self) -> None:
        self._sockets: dict[int, dict[Socket, None]] = {}
        self._rooms: dict[int, set[int]] = {}
        self._members: dict[int, set[int]] = {}
        self._looking: dict[int, set[int]] = {}  # room to users who look at it
        self._notes: list[set[int]] = []  # of whoever reads meanwhile who belongs to which room
        self._several: set[int] = set()  # who has several tabs, and may look at several rooms

    def __contains__(self, socket: Socket) -> bool:
        return socket in self._sockets.get(socket.user_id, ())

    def enter(self, socket: Socket, room_ids: Iterable[int]) -> None:
        sockets = self._sockets.setdefault(socket.user_id, {})
        sockets[socket] = None
        self._looking.setdefault(socket.room_id, set()).add(socket.user_id)
        if len(sockets) > 1:
            self._several.add(socket.user_id)
        for room_id in room_ids:
            self._join(room_id, socket.user_id)

    def leave(self, socket: Socket) -> None:
        sockets = self._sockets.get(socket.user_id, {})
        sockets.pop(socket, None)
        self._look_away(socket, sockets)
        if not sockets:
            self._sockets.pop(socket.user_id, None)
            for room_id in self._rooms.pop(socket.user_id, ()):
                self._part(room_id, socket.user_id)

    def is_full_of(self, user_id: int) -> bool:
        """They have as many sockets and streams here as one person may."""
        return settings.RATE_LIMITS and len(self._sockets.get(user_id, ())) >= limits.SOCKETS_PER_PERSON

    def sockets_of(self, user_id: int) -> list[Socket]:
        return list(self._sockets.get(user_id, ()))

    def everybody(self) -> list[Socket]:
        return [socket for sockets in self._sockets.values() for socket in sockets]

    def users(self) -> list[int]:
        return list(self._sockets)

    def people(self) -> dict[int, list[int]]:
        """Everybody, and the rooms they look at."""
        return {user: sorted({socket.room_id for socket in sockets}) for user, sockets in self._sockets.items()}

    def take(self, event: Mapping[str, Any]) -> None:
        match event["kind"]:
            case "activity":
                self._tell_of_activity(event)
            case "mention":
                facts = {"room": event["slug"], "message": event["message"], "sequence": event["sequence"]}
                self._tell(event["user"], frames.plain(type="mention", **facts))
            case "unmentioned":
                self._have_lists_asked_for(event["users"])
            case "read":
                self._tell(event["user"], frames.plain(type="read", room=event["slug"], sequence=event["sequence"]))
            case "membership":
                for changed in self._notes:
                    changed.add(event["user"])
                self._change_membership(event["room"], event["user"], joined=event["joined"])
                self._tell(event["user"], ROOMS)
            case "listed":
                self._have_lists_asked_for(self._members.get(event["room"], ()))

    @contextmanager
    def noting(self) -> Iterator[set[int]]:
        """Of whom it is announced meanwhile that they came into a room, or left one: what is read may be older."""
        changed: set[int] = set()
        self._notes.append(changed)
        try:
            yield changed
        finally:
            self._notes = [note for note in self._notes if note is not changed]

    def relearn(self, asked: Iterable[int], rooms: Mapping[int, set[int]]) -> None:
        """These people's rooms as the database has them; announcements were lost."""
        for user_id in asked:
            known, now = self._rooms.get(user_id, set()), rooms.get(user_id, set())
            for room_id in (changed := known ^ now):
                self._change_membership(room_id, user_id, joined=room_id in now)
            if changed:
                self._tell(user_id, ROOMS)

    def _tell_of_activity(self, event: Mapping[str, Any]) -> None:
        """Lightly, to members who look at other rooms; whoever posted has read it, and so have their other tabs."""
        members, here = (known.get(event["room"], set()) for known in (self._members, self._looking))
        elsewhere = (members - here) | (members & self._several)  # of a full room nobody, and that is found in one go
        if not elsewhere:
            return
        facts = {"room": event["slug"], "sequence": event["sequence"]}
        if event["author"] in elsewhere:
            elsewhere.remove(event["author"])
            self._tell_elsewhere(event["room"], [event["author"]], frames.plain(type="read", **facts))
        self._tell_elsewhere(event["room"], elsewhere, frames.plain(type="activity", **facts))

    def _tell_elsewhere(self, room_id: int, users: Iterable[int], frame: Frame) -> None:
        for user_id in users:
            for socket in self._sockets.get(user_id, ()):
                if socket.room_id != room_id:
                    socket.show(frame)

    def _have_lists_asked_for(self, users: Iterable[int]) -> None:
        for user_id in users:
            self._tell(user_id, ROOMS)

    def _look_away(self, socket: Socket, others: Collection[Socket]) -> None:
        """``others`` are those that this person has still."""
        if len(others) < 2:
            self._several.discard(socket.user_id)
        here = self._looking.get(socket.room_id, set())
        if all(other.room_id != socket.room_id for other in others):
            here.discard(socket.user_id)
        if not here:
            self._looking.pop(socket.room_id, None)

    def _tell(self, user_id: int, frame: Frame) -> None:
        for socket in self.sockets_of(user_id):
            socket.show(frame)

    def _change_membership(self, room_id: int, user_id: int, *, joined: bool) -> None:
        if joined and user_id in self._sockets:
            self._join(room_id, user_id)
        elif not joined:
            self._rooms.get(user_id, set()).discard(room_id)
            self._part(room_id, user_id)

    def _join(self, room_id: int, user_id: int) -> None:
        self._rooms.setdefault(user_id, set()).add(room_id)
        self._members.setdefault(room_id, set()).add(user_id)

    def _part(self, room_id: int, user_id: int) -> None:
        members = self._members.get(room_id, set())
        members.discard(user_id)
        if not members:
            self._members.pop(room_id, None)
