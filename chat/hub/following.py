"""Which replies run in the rooms of this process, kept up frame by frame."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import structlog

from chat import events
from chat.database import FAILED, in_database
from chat.events.carriers import Announcement
from chat.frames import Frame
from chat.hub.running import Running, load_running
from chat.hub.sharing import Shared
from chat.hub.waiting import ended_among
from chat.models import Message

log = structlog.get_logger(__name__)

RELOAD_SECONDS = 0.3
AGAIN_SECONDS = 1.0  # where the database is away
HELD_LIMIT = 500
OVER_LIMIT = 1_000

Show = Callable[[int, Frame], None]
Tell = Callable[[int], None]
End = Callable[[Announcement], None]


class Following:
    """``show(room, frame)`` writes to the sockets of a room; ``tell(message)`` wakes who waits for that reply;
    ``end(announcement)`` is told of an end that was found and not heard.

    A frame that skips a number is held, and the reply is read anew from the checkpoint: what was lost between is there.
    """

    def __init__(self, show: Show, tell: Tell, end: End) -> None:
        self._show = show
        self._tell = tell
        self._end = end
        self._rooms: dict[int, dict[int, Running]] = {}
        self._held: dict[int, list[Mapping[str, Any]]] = {}
        self._loading: dict[int, asyncio.Task[None]] = {}
        self._to_be_read: set[int] = set()  # rooms, once more than they are being read already
        self._over: dict[int, int] = {}  # attempts that ended last: what is read or told later may be older
        self._drops = Shared(self._drop_ended)

    def running_in(self, room_id: int) -> Iterable[Running]:
        return list(self._rooms.get(room_id, {}).values())

    def running(self, room_id: int, message: int) -> Running | None:
        return self._rooms.get(room_id, {}).get(message)

    def started(self, room_id: int, event: Mapping[str, Any]) -> Running | None:
        """If that is news: to be shown by who asks."""
        if self._is_over(event["message"], event["attempt"]):
            return None
        known = self._rooms.setdefault(room_id, {}).get(event["message"])
        if known is None or event["attempt"] > known.attempt:
            running = Running(event["message"], event["attempt"], event["assistant"], event["prompt"])
            self._rooms[room_id][event["message"]] = running
            self._tell(running.message)
            return running
        return None

    def grew(self, room_id: int, growth: Mapping[str, Any]) -> bool:
        """Whether its frame is the next one, to be shown now by who asks: with those of other replies, in one go."""
        running = self._rooms.get(room_id, {}).get(growth["message"])
        if self._is_over(growth["message"], growth["attempt"]) or (running is not None and running.has(growth)):
            return False
        if running is not None and running.apply(growth):
            self._tell(running.message)
            return running.is_shown
        self._hold(room_id, growth)
        return False

    def ended(self, room_id: int, event: Mapping[str, Any]) -> bool:
        """If that is news: to be shown by who asks."""
        is_news = not self._is_over(event["message"], event["attempt"])
        self._remember_end(event["message"], event["attempt"])
        room = self._rooms.get(room_id, {})
        running = room.get(event["message"])
        if running is not None and running.is_over_by(event):
            del room[event["message"]]
        if not room:
            self._rooms.pop(room_id, None)
        return is_news

    async def drop_ended(self, room_id: int) -> None:
        """Ends may have been lost, or have come before their beginnings: nobody must be told that those still run, and
        whoever has seen them begin is told how they ended."""
        if self._rooms.get(room_id):
            await self._drops.ask(room_id)

    async def _drop_ended(self, room_id: int) -> None:
        known = {running.message: running.attempt for running in self.running_in(room_id)}
        try:
            for message, end in (await in_database(_ends_among, list(known))).items():
                if end is not None:
                    self._end(end)
                self.ended(room_id, {"message": message, "attempt": known[message]})
        except (*FAILED, OSError) as error:
            log.warning("follow_failed", room=room_id, error=repr(error))

    def forget(self, room_id: int) -> None:
        """Nobody here watches this room, and what is written in it may be written elsewhere."""
        self._rooms.pop(room_id, None)
        self._held.pop(room_id, None)
        self._loading.pop(room_id, None)
        self._to_be_read.discard(room_id)

    async def loaded(self, room_id: int, seconds: float) -> None:
        """Wait until the room's replies are known, but not for ever."""
        if task := self._loading.get(room_id):
            await asyncio.wait({task}, timeout=seconds)

    def load(self, room_id: int, *, after: float = 0) -> None:
        """Read what runs in the room. Frames that follow nothing yet are held meanwhile, and applied where they do.

        Whoever asks for it while it is being read may know of something newer, and has it read once more.
        """
        if not after:
            self._to_be_read.add(room_id)
        if room_id not in self._loading:
            self._loading[room_id] = asyncio.get_running_loop().create_task(self._load(room_id, after))

    async def _load(self, room_id: int, wait: float) -> None:
        loaded: list[Running] | None = None
        try:
            await asyncio.sleep(wait)
            self._to_be_read.discard(room_id)
            loaded = await in_database(_load_living, room_id)
        except (*FAILED, OSError) as error:
            log.warning("follow_failed", room=room_id, error=repr(error))
        finally:
            if is_wanted := self._loading.get(room_id) is asyncio.current_task():
                del self._loading[room_id]
        if not is_wanted:
            return  # everybody has left meanwhile
        if loaded is None:  # no further word may come for a while
            self.load(room_id, after=AGAIN_SECONDS)
            return
        held = self._held.pop(room_id, [])
        for running in loaded:
            if not self._is_over(running.message, running.attempt):
                self._adopt(room_id, running, held)
        if room_id in self._to_be_read:
            self.load(room_id)

    def _remember_end(self, message: int, attempt: int) -> None:
        self._over[message] = max(attempt, self._over.pop(message, 0))
        if len(self._over) > OVER_LIMIT:
            del self._over[next(iter(self._over))]

    def _is_over(self, message: int, attempt: int) -> bool:
        return attempt <= self._over.get(message, -1)

    def _adopt(self, room_id: int, running: Running, held: list[Mapping[str, Any]]) -> None:
        room = self._rooms.setdefault(room_id, {})
        known = room.get(running.message)
        if known is not None and known.stands_at > running.stands_at:
            running = known
        for growth in held:
            if growth["message"] == running.message:
                running.apply(growth)
        room[running.message] = running
        running.is_shown = True
        for frame in running.snapshot():
            self._show(room_id, frame)
        self._tell(running.message)
        self._hold_what_is_ahead(room_id, running, held)

    def _hold_what_is_ahead(self, room_id: int, running: Running, held: list[Mapping[str, Any]]) -> None:
        """The checkpoint is not as far yet as what was lost: read on, though no further word may come for a while."""
        ahead = [growth for growth in held if growth["message"] == running.message and not running.has(growth)]
        for growth in ahead:
            self._hold(room_id, growth)

    def _hold(self, room_id: int, growth: Mapping[str, Any]) -> None:
        held = self._held.setdefault(room_id, [])
        if len(held) < HELD_LIMIT:
            held.append(growth)
        self.load(room_id, after=RELOAD_SECONDS)


def _ends_among(messages: list[int]) -> dict[int, Announcement | None]:
    """Of those that are over; None where there is nothing to tell, as of one that was deleted, or asked for again."""
    over = ended_among(messages)
    rows = Message.objects.whole().filter(pk__in=over, deleted_at__isnull=True).exclude(status__in=Message.RUNNING)
    found = {row.pk: events.ending(row, row.reply.current) for row in rows if row.reply.current} if over else {}
    return {message: found.get(message) for message in over}


def _load_living(room_id: int) -> list[Running]:
    """As long as the cache keeps its readers waiting, what was read may end: its last words are told by then."""
    found = load_running(room_id)
    ended = ended_among([running.message for running in found]) if found else []
    return [running for running in found if running.message not in ended]
