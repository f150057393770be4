"""Who waits for one reply: a program that asked over HTTP, and hears of that reply only.

Nobody is sent anything here. A waiter is woken, and reads what there is at its own pace: a slow reader holds up nobody,
and costs no queue. What the broker drops is found by one query for all of them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import structlog

from chat.access import Ticket, no_longer_welcome
from chat.database import in_database
from chat.models import Message

if TYPE_CHECKING:
    from chat.hub.hub import Hub

log = structlog.get_logger(__name__)

LOOK_SECONDS = 2.0
RECHECK_SECONDS = 25.0


class Waiter:
    """``may_have_ended`` asks to look at the row; ``turned_away`` is why they may not hear more."""

    __slots__ = ("_news", "may_have_ended", "message", "ticket", "turned_away")

    def __init__(self, message: int, ticket: Ticket) -> None:
        self.message = message
        self.ticket = ticket
        self.may_have_ended = True  # it may have, before we came
        self.turned_away: type[Exception] | None = None
        self._news = asyncio.Event()
        self._news.set()

    def wake(self) -> None:
        self._news.set()

    async def news(self, seconds: float) -> bool:
        """Wait for something new; False if there was nothing for so long."""
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return False
        self._news.clear()
        return True


class Waiting:
    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._waiters: dict[int, dict[Waiter, None]] = {}
        self.doubts = 0  # how many announcements have put in doubt who may hear
        hub.on("end", lambda event: self._end(event["message"]))
        hub.on("access", self._doubt)

    def __len__(self) -> int:
        return sum(map(len, self._waiters.values()))

    @contextmanager
    def for_reply(self, ticket: Ticket, message: int, revision: int, *, doubts: int | None = None) -> Iterator[Waiter]:
        """Within this, the room of the ticket is heard of, and the waiter is woken by its reply. ``doubts`` is how many
        there were before it was looked who asks: those since then have not found this waiter."""
        waiter = Waiter(message, ticket)
        self._hub.open_desk(ticket.room_id, revision).waiters += 1
        self._waiters.setdefault(message, {})[waiter] = None
        if doubts not in (None, self.doubts):
            self._hub.spawn(self._recheck([waiter]))
        try:
            yield waiter
        finally:
            self._leave(waiter)

    def tell(self, message: int) -> None:
        for waiter in self._waiters.get(message, ()):
            waiter.wake()

    async def watch(self) -> None:
        recheck_at = time.monotonic() + RECHECK_SECONDS
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if not self._waiters:
                continue
            try:
                for message in await in_database(ended_among, list(self._waiters)):
                    self._end(message)
                if time.monotonic() >= recheck_at:
                    recheck_at = time.monotonic() + RECHECK_SECONDS
                    await self._recheck(self._everybody())
            except Exception:
                log.exception("waiting_failed")

    def _leave(self, waiter: Waiter) -> None:
        others = self._waiters[waiter.message]
        del others[waiter]
        if not others:
            del self._waiters[waiter.message]
        room_id = waiter.ticket.room_id
        self._hub.desks[room_id].waiters -= 1
        self._hub.close_idle_desk(room_id)

    def _end(self, message: int) -> None:
        for waiter in self._waiters.get(message, ()):
            waiter.may_have_ended = True
            waiter.wake()

    def _doubt(self, event: Mapping[str, Any]) -> None:
        self.doubts += 1
        user, room = event["user"], event["room"]
        doubted = [
            waiter
            for waiter in self._everybody()
            if user in (None, waiter.ticket.user_id) and room in (None, waiter.ticket.room_id)
        ]
        if doubted:
            self._hub.spawn(self._recheck(doubted))

    async def _recheck(self, waiters: list[Waiter]) -> None:
        """Whoever may no longer read the room hears no more of its reply."""
        if not waiters:
            return
        reasons = await in_database(no_longer_welcome, {waiter.ticket for waiter in waiters})
        for waiter in waiters:
            if waiter.ticket in reasons:
                waiter.turned_away = reasons[waiter.ticket]
                waiter.wake()

    def _everybody(self) -> list[Waiter]:
        return [waiter for waiters in self._waiters.values() for waiter in waiters]


def ended_among(messages: list[int]) -> list[int]:
    running = Message.objects.filter(pk__in=messages, status__in=Message.RUNNING, deleted_at__isnull=True)
    return sorted(set(messages) - set(running.values_list("pk", flat=True)))
