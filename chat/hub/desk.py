"""A room as this process shows it: its local sockets, and the order in which they hear of changes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog
from django.db import DatabaseError

from chat import metrics
from chat.catchup import Change, catch_up
from chat.database import in_database
from chat.frames import Frame

if TYPE_CHECKING:
    from chat.hub.socket import Socket

log = structlog.get_logger(__name__)

GAP_SECONDS = 0.05
HEAL_LIMIT = 5_000


class Desk:
    """``delivered`` is the revision all sockets here have heard of.

    The next number goes out at once; a higher one waits a moment for the missing ones, then the database is asked, once
    for all sockets.
    """

    def __init__(self, room_id: int, delivered: int, healed: Callable[[int], None]) -> None:
        self._healed = healed
        self.room_id = room_id
        self.delivered = delivered
        self.is_subscribed = False
        self.waiters = 0  # who reads one reply of this room, and no frame
        self.present: dict[int, bool] = {}  # who came or went, as the room was told last
        self._sockets: dict[Socket, None] = {}
        self._waiting: dict[int, Change] = {}
        self._after: list[tuple[int, Callable[[], None]]] = []
        self._healing: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._sockets)

    def __bool__(self) -> bool:
        return bool(self._sockets or self.waiters)

    def join(self, socket: Socket) -> None:
        self._sockets[socket] = None

    def leave(self, socket: Socket) -> None:
        self._sockets.pop(socket, None)

    def sockets(self) -> list[Socket]:
        return list(self._sockets)

    def users(self) -> dict[int, str]:
        return {socket.user_id: socket.user for socket in self._sockets}

    def take(self, change: Change) -> None:
        """A change from a publisher: in any order, perhaps twice."""
        if change.revision <= self.delivered:
            return
        self._waiting[change.revision] = change
        self._deliver_waiting()
        if self._waiting:
            self.heal(after=GAP_SECONDS)

    def after(self, revision: int, action: Callable[[], None]) -> None:
        """Do something once this revision is delivered: the end of a reply comes after its last words."""
        if revision <= self.delivered:
            action()
        else:
            self._after.append((revision, action))

    def heal(self, *, after: float = 0) -> None:
        """Read what is missing. One at a time."""
        if self._healing is None:
            self._healing = asyncio.get_running_loop().create_task(self._heal(after))

    def notice(self, revision: int) -> None:
        """The database stands at this revision; if nobody told us, ask."""
        if revision > self.delivered:
            self.heal()

    def broadcast(self, *frames: Frame, but: int = 0, is_passing: bool = False) -> None:
        """One dialect after the other: a server that is told the same words again need not encode them again."""
        told, begun = 0, time.perf_counter()
        shown, plain = tuple(frame.shown for frame in frames), tuple(frame.json for frame in frames)
        for is_html, texts in ((True, shown), (False, plain)):
            for socket in list(self._sockets):
                if socket.is_html is is_html and socket.user_id != but:
                    socket.push(texts, is_passing=is_passing)
                    told += 1
        metrics.DELIVERIES.add(told * len(frames))
        metrics.FAN_OUT.observe(time.perf_counter() - begun)

    def _deliver_waiting(self) -> None:
        while change := self._waiting.pop(self.delivered + 1, None):
            self._deliver(change)

    def _deliver(self, change: Change) -> None:
        self.delivered = change.revision
        if not change.client_id:
            self.broadcast(change.frame)
        else:
            self.broadcast(change.frame, but=change.author)
            self._tell_author(change)
        self._run_due()

    def _tell_author(self, change: Change) -> None:
        own = [socket for socket in self._sockets if socket.user_id == change.author]
        if own:
            frame = change.frame.addressed(change.client_id)
            for socket in own:
                socket.show(frame)
            metrics.DELIVERIES.add(len(own))

    def _run_due(self) -> None:
        due = [action for revision, action in self._after if revision <= self.delivered]
        self._after = [(revision, action) for revision, action in self._after if revision > self.delivered]
        for action in due:
            action()

    async def _heal(self, wait: float) -> None:
        try:
            await asyncio.sleep(wait)
            if wait and not self._waiting:
                return  # they came by themselves
            found = await in_database(catch_up, self.room_id, self.delivered, HEAL_LIMIT)
            for change in sorted(found.changes or (), key=lambda change: change.revision):
                if change.revision > self.delivered:
                    self._deliver(change)
            self.delivered = max(self.delivered, found.revision)
            self._waiting = {number: change for number, change in self._waiting.items() if number > self.delivered}
            self._run_due()
            self._deliver_waiting()
            self._healed(self.room_id)
        except (DatabaseError, OSError) as error:
            log.warning("heal_failed", room=self.room_id, error=repr(error))
        finally:
            self._healing = None
        if self._waiting:
            self.heal(after=GAP_SECONDS)
