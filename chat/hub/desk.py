"""A room as this process shows it: its local sockets, and the order in which they hear of changes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import structlog

from chat import frames, metrics
from chat.catchup import Change, catch_up
from chat.database import FAILED, in_database
from chat.frames import Frame
from chat.hub.audience import Audience
from chat.hub.joining import Joining, Said

if TYPE_CHECKING:
    from chat.hub.socket import Socket

log = structlog.get_logger(__name__)

GAP_SECONDS = 0.05
AGAIN_SECONDS = 0.25  # where the database is away
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
        self._audiences = {is_html: Audience(is_html=is_html) for is_html in (True, False)}
        self._joining = Joining(self._write)
        self._waiting: dict[int, Change] = {}
        self._after: list[tuple[int, Callable[[], None]]] = []
        self._healing: asyncio.Task[None] | None = None
        self._is_to_be_read = False
        self._expected = 0  # where somebody else has seen the room

    def __len__(self) -> int:
        return sum(map(len, self._audiences.values()))

    def __bool__(self) -> bool:
        return bool(len(self) or self.waiters)

    def join(self, socket: Socket) -> None:
        self.flush()
        self._audiences[socket.is_html].join(socket)

    def leave(self, socket: Socket) -> None:
        self._audiences[socket.is_html].leave(socket)

    def sockets(self) -> list[Socket]:
        return [socket for audience in self._audiences.values() for socket in audience]

    def users(self) -> dict[int, str]:
        return {socket.user_id: socket.user for socket in self.sockets()}

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
            self.heal(after=GAP_SECONDS)  # the change before it may have been lost

    def expect(self, revision: int) -> None:
        """The room stands here, as somebody was told who asked: what leads to it is on its way, or nobody told it."""
        self._expected = max(revision, self._expected)
        if revision > self.delivered:
            self.heal(after=GAP_SECONDS)

    def heal(self, *, after: float = 0) -> None:
        """Read what is missing. One at a time: whoever asks for it while it is being read may know of something newer,
        and has it read once more."""
        self._is_to_be_read = self._is_to_be_read or not after
        if self._healing is None:
            self._healing = asyncio.get_running_loop().create_task(self._heal(after))

    def notice(self, revision: int, *, had_delivered: int = 0) -> None:
        """The database stands at this revision; if nobody told us, ask.

        :param had_delivered: before it was read.
        """
        if revision < had_delivered:
            self._go_back(revision)
        elif revision > self.delivered:
            self.heal()

    def _go_back(self, revision: int) -> None:
        """An earlier database is in the place of the one there was (a standby that was behind, a restore): what is said
        from now on has numbers that everybody here has heard of."""
        log.warning("room_went_back", room=self.room_id, revision=revision, before=self.delivered)
        self.delivered = self._expected = revision
        self._waiting.clear()
        self.broadcast(frames.plain(type="resync", revision=revision))
        due, self._after = self._after, []
        for _, action in due:  # what they wait for has been, and will not come again
            action()

    def broadcast(self, *frames: Frame, but: int = 0, is_passing: bool = False) -> None:
        self._joining.say(Said(frames, but, is_passing=is_passing))

    def hold(self) -> None:
        self._joining.hold()

    def release(self) -> None:
        self._joining.release()

    def flush(self) -> None:
        """What is collected for one write is written: somebody is about to be told how the room stands."""
        self._joining.flush()

    def _write(self, said: Sequence[Said]) -> None:
        begun = time.perf_counter()
        told = sum(audience.tell(said) for audience in self._audiences.values() if audience)
        metrics.DELIVERIES.add(told)
        metrics.FAN_OUT.observe(time.perf_counter() - begun)

    def _deliver_waiting(self) -> None:
        while change := self._waiting.pop(self.delivered + 1, None):
            self._deliver(change)

    def _deliver(self, change: Change) -> None:
        self.delivered = change.revision
        if change.client_id:
            self._joining.say(Said((change.frame,), change.author, change.frame.addressed(change.client_id)))
        else:
            self.broadcast(change.frame)
        self._run_due()

    def _run_due(self) -> None:
        due = [action for revision, action in self._after if revision <= self.delivered]
        self._after = [(revision, action) for revision, action in self._after if revision > self.delivered]
        for action in due:
            action()

    async def _heal(self, wait: float) -> None:
        pause = GAP_SECONDS
        try:
            await asyncio.sleep(wait)
            if not (self._is_to_be_read or self._is_behind):
                return  # they came by themselves
            self._is_to_be_read = False
            since, announced = self.delivered, self._announced
            found = await in_database(catch_up, self.room_id, since, HEAL_LIMIT)
            if found.revision < announced:
                self._go_back(found.revision)
            for change in sorted(found.changes or (), key=lambda change: change.revision):
                # What is newer than the room's number, which was read first, may have a hole before it.
                if self.delivered < change.revision <= found.revision:
                    self._deliver(change)
            if found.changes is None and self.delivered < found.revision:  # too many to be told
                self.broadcast(frames.plain(type="resync", revision=found.revision))
            self.delivered = max(self.delivered, found.revision)
            self._waiting = {number: change for number, change in self._waiting.items() if number > self.delivered}
            self._run_due()
            self._deliver_waiting()
            self._healed(self.room_id)
        except (*FAILED, OSError) as error:
            log.warning("heal_failed", room=self.room_id, error=repr(error))
            self._is_to_be_read, pause = True, AGAIN_SECONDS
        finally:
            self._healing = None
        if self._is_to_be_read or self._is_behind:
            self.heal(after=pause)

    @property
    def _is_behind(self) -> bool:
        return bool(self._waiting or self._after) or self._expected > self.delivered

    @property
    def _announced(self) -> int:
        """How far the room is, by what was heard: the database that is asked now is as far, or an earlier one."""
        return max(self.delivered, self._expected, *self._waiting, *(revision for revision, _ in self._after))
