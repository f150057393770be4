"""The other processes, by their last word: one that was killed takes no leave of its people, and so others do.

Every five seconds each one's beat goes to all, instead of to itself alone. Whoever is silent for longer than two of
them is taken for dead, until it is heard again. One that ends in order says so: what it stored, it has told.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import structlog

from chat import frames, presence, wire
from chat.database import FAILED, in_database
from chat.events import SITE
from chat.frames import texts_of
from chat.hub.arrivals import CROWD, Place, is_in
from chat.models import User

if TYPE_CHECKING:
    from chat.hub.hub import Hub

log = structlog.get_logger(__name__)

BEAT_SECONDS = 5.0
SILENT_SECONDS = 12.0
PARTED = "parted"


class Others:
    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._heard_at: dict[str, float] = {}
        self._beat_at = 0.0
        self._parted: set[str] = set()

    def beat(self) -> None:
        """To be called each second."""
        is_for_all = time.monotonic() >= self._beat_at
        if is_for_all:
            self._beat_at = time.monotonic() + BEAT_SECONDS
        self._hub.publisher.beat(is_for_all=is_for_all)

    def meet(self, processes: Iterable[str]) -> None:
        """Those that have reported people: one that died before we came is never heard."""
        for process in set(processes) - {self._hub.publisher.origin}:
            self._heard_at.setdefault(process, time.monotonic())

    def part(self) -> None:
        """Our last word: all that this process has stored, it has told."""
        self._hub.publisher.put(SITE, {"kind": PARTED})

    def hear(self, process: str, kind: str) -> None:
        """A command does not beat."""
        if kind == PARTED:
            self._parted.add(process)
        if kind == "beat" or process in self._heard_at:
            self._heard_at[process] = time.monotonic()
            if process in presence.silent:
                self._welcome(process)

    def look(self, doubted: frozenset[int]) -> None:
        """Who has been silent for too long? Where we ourselves hear badly, nobody's silence means anything."""
        if self._hub.listening.carries_all in doubted:
            self._heard_at = dict.fromkeys(self._heard_at, time.monotonic())
        silent_since = time.monotonic() - SILENT_SECONDS
        for process, heard_at in self._heard_at.items():
            if heard_at < silent_since and process not in presence.silent:
                self._bury(process)

    def _bury(self, process: str) -> None:
        log.info("process_silent", process=process)
        presence.silent.add(process)
        self._hub.spawn(self._tell(process))
        if process not in self._parted:  # it may have died between storing something and telling it
            self._hub.missed.make_good_soon()
        self._parted.discard(process)

    def _welcome(self, process: str) -> None:
        log.info("process_heard_again", process=process)
        presence.silent.discard(process)
        self._hub.spawn(self._tell(process))

    async def _tell(self, process: str) -> None:
        """The rooms of its people hear what is true of them now, from whichever process is the first to say it.

        Pages show people of other rooms, too: each process tells its own.
        """
        try:
            people, elsewhere = await in_database(reports, process)
            await self._tell_what_is_true(people, elsewhere)
            await self._tell_pages(people, elsewhere, have_gone=process in presence.silent)
        except (*FAILED, OSError) as error:
            log.warning("process_not_told", process=process, error=repr(error))

    async def _tell_what_is_true(self, people: presence.People, elsewhere: Sequence[presence.People]) -> None:
        truth = {place: is_in(place, elsewhere) for place in self._places(people)}
        wrong = {place: online for place, online in truth.items() if self._is_told_otherwise(place, online)}
        names = await in_database(names_of, {user_id for _, user_id in wrong})
        for place, online in wrong.items():
            if place[1] in names and self._is_told_otherwise(place, online):
                self._hub.arrivals.announce(place, names[place[1]], online=online)

    async def _tell_pages(
        self, people: presence.People, elsewhere: Sequence[presence.People], *, have_gone: bool
    ) -> None:
        """Not of a crowd: every page would ask for its list at once. It looks for itself with every third heartbeat."""
        alive = presence.here.union(*elsewhere)
        concerned = {user_id for user_id in people if (user_id in alive) is not have_gone}
        if not 0 < len(concerned) <= CROWD:
            return
        names = await in_database(names_of, concerned)
        told = [
            frames.plain(type="presence", user=wire.Person(id=user_id, name=name), online=not have_gone)
            for user_id, name in names.items()
        ]
        texts = texts_of(told, is_html=True)
        for socket in self._hub.attendance.everybody():
            if socket.is_html:
                socket.push(texts, is_passing=True)

    def _places(self, people: presence.People) -> list[Place]:
        """In rooms that somebody here looks at; not in those whose comings and goings are not told."""
        by_room: dict[int, list[Place]] = {}
        for user_id, rooms in people.items():
            for room_id in rooms:
                by_room.setdefault(room_id, []).append((room_id, user_id))
        told = [places for room_id, places in by_room.items() if room_id in self._hub.desks and len(places) <= CROWD]
        return [place for places in told for place in places]

    def _is_told_otherwise(self, place: Place, online: bool) -> bool:
        """A person of whom a room was told nothing was there before it was asked for."""
        room_id, user_id = place
        desk = self._hub.desks.get(room_id)
        if desk is None or len(desk) > CROWD or user_id in desk.users():
            return False
        return desk.present.get(user_id, True) is not online


def reports(process: str) -> tuple[presence.People, list[presence.People]]:
    """Of this process, and of all that live."""
    return presence.people_of(process), presence.elsewhere()


def names_of(user_ids: set[int]) -> dict[int, str]:
    return dict(User.objects.filter(pk__in=user_ids).values_list("pk", "username")) if user_ids else {}
