"""What goes to all processes is numbered by each that says it, so the others notice what the broker has lost of it.

Rooms have revisions. But of who came into one or is in it no longer, and of what was said or read in another room than
the one that is looked at, nothing would ever be heard again.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

import structlog

from chat.database import FAILED, in_database
from chat.hub.attendance import ROOMS
from chat.hub.watch import read_by_number
from chat.models import Membership

if TYPE_CHECKING:
    from chat.hub.hub import Hub

log = structlog.get_logger(__name__)

AT_ONCE = 100  # each page that is told asks for its list, which costs some milliseconds
PAUSE_SECONDS = 1.0


class Missed:
    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._numbers: dict[str, int] = {}  # the last one of each process
        self._is_due = False
        self._is_at_it = False
        hub.on("site_in_doubt", lambda _: self.make_good_soon())

    def hear(self, process: str, number: int) -> None:
        """What is for one room has none, nor what a command says, or a process of an earlier version."""
        if not number:
            return
        missed = number - self._numbers.get(process, number - 1) - 1
        self._numbers[process] = number
        if missed > 0:
            log.info("announcements_missed", process=process, count=missed)
            self.make_good_soon()

    def make_good_soon(self) -> None:
        """Something that was for all was lost, or may have been."""
        self._is_due = True
        if not self._is_at_it:
            self._is_at_it = True
            self._hub.spawn(self._make_good())

    async def relearn(self, users: Collection[int] | None = None) -> None:
        """Who belongs to which room, of these people or of all who are connected; anew of whom that changes meanwhile:
        of all of them it would never end where people come and go all the time."""
        attendance = self._hub.attendance
        asked = set(attendance.users() if users is None else users)
        while asked:
            with attendance.noting() as changed:
                rooms = await in_database(rooms_of, asked)
            attendance.relearn(asked - changed, rooms)
            asked = asked & changed

    async def _make_good(self) -> None:
        try:
            while self._is_due:
                self._is_due = False
                await self._try()
        finally:
            self._is_at_it = False

    async def _try(self) -> None:
        try:
            await read_by_number(self._hub, list(self._hub.desks))  # what was for one room may have been lost with it
            await self.relearn()
        except (*FAILED, OSError) as error:  # the database is away for a moment
            log.warning("missed_not_made_good", error=repr(error))
            self._is_due = True
            await asyncio.sleep(PAUSE_SECONDS)
        else:
            await self._have_lists_asked_for()

    async def _have_lists_asked_for(self) -> None:
        """Whom it concerned is not known: everybody's list of rooms may be another one."""
        attendance = self._hub.attendance
        sockets = attendance.everybody()
        for start in range(0, len(sockets), AT_ONCE):
            for socket in sockets[start : start + AT_ONCE]:
                if socket in attendance:
                    socket.show(ROOMS)
            await asyncio.sleep(PAUSE_SECONDS)


def rooms_of(users: Collection[int]) -> Mapping[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for user_id, room_id in Membership.objects.filter(user__in=users).values_list("user_id", "room_id"):
        found[user_id].add(room_id)
    return found
