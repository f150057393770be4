"""The broker's hosts, each by itself: one that is away delays and silences nothing but what it carries."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Mapping
from itertools import count
from typing import Any

import structlog
from channels.layers import get_channel_layer
from django.conf import settings

from chat import metrics
from chat.logcontext import told

log = structlog.get_logger(__name__)

QUEUE_LIMIT = 10_000
PROBE_SECONDS = 1.0
SEND_TIMEOUT_SECONDS = 3.0

Announcement = Mapping[str, Any]
Addressed = tuple[str, Announcement, int]  # with its group, and its number there if it has one
BEAT: Announcement = {"kind": "beat"}


class Carrier:
    """One host: what is lined up for it leaves in order. ``healthy`` is False while it does not take what is sent.

    ``beat`` is a group that it carries for this process alone, by which the process hears whether it does.
    """

    def __init__(self, number: int, origin: str, loop: asyncio.AbstractEventLoop) -> None:
        self.number = number
        self.beat = _group_carried_by(number, f"beat.{origin}")
        self.healthy = True
        self._origin = origin
        self._loop = loop
        self._queue: asyncio.Queue[Addressed] = asyncio.Queue(QUEUE_LIMIT)
        self._task: asyncio.Task[None] | None = None

    @property
    def queued(self) -> int:
        return self._queue.qsize()

    def send(self, group: str, announcement: Announcement, number: int = 0) -> None:
        if not self.healthy:
            return
        try:
            self._queue.put_nowait((group, announcement, number))
        except asyncio.QueueFull:
            self._fail("queue full")
            self._queue.put_nowait((self.beat, BEAT, 0))  # it may be well, and only slow: this one tells
        if self._task is None:
            # A fresh context: the one of a request's thread ends before this task does.
            self._task = self._loop.create_task(self._run(), context=contextvars.Context())

    def tasks(self) -> list[asyncio.Task[None]]:
        return [self._task] if self._task else []

    async def emptied(self) -> None:
        """What was lined up has been sent, or given up."""
        await self._queue.join()

    async def transmit(self, group: str, announcement: Announcement, number: int = 0) -> None:
        layer = get_channel_layer()
        assert layer is not None
        message = {"type": "chat.event", "origin": self._origin, "by": self.number, "event": dict(announcement)}
        await layer.group_send(group, {**message, "number": number} if number else message)

    async def _run(self) -> None:
        while True:
            addressed = await self._queue.get()
            try:
                async with asyncio.timeout(SEND_TIMEOUT_SECONDS):  # `wait_for` may swallow a cancellation before 3.12
                    await self.transmit(*addressed)
            except Exception as error:  # noqa: BLE001 - whatever a broker raises
                self._fail(told(error))
                self._queue.task_done()
                await self._probe()
            else:
                self._queue.task_done()
                self._recover()

    def _fail(self, reason: str) -> None:
        """What waits is dropped: it is in the database, and hubs read it there."""
        if self.healthy:
            metrics.BROKER_FAILURES.add()
            log.error("broker_failed", host=self.number, reason=reason, dropped=self._queue.qsize())
        self.healthy = False
        while not self._queue.empty():
            self._queue.get_nowait()
            self._queue.task_done()

    async def _probe(self) -> None:
        while not self.healthy:
            await asyncio.sleep(PROBE_SECONDS)
            try:
                async with asyncio.timeout(SEND_TIMEOUT_SECONDS):
                    await self.transmit(self.beat, BEAT)
            except Exception:  # noqa: BLE001, S112 - the failure is logged once, when it begins
                continue
            self._recover()

    def _recover(self) -> None:
        if not self.healthy:
            self.healthy = True
            log.info("broker_recovered", host=self.number)


def carriers_for(origin: str, loop: asyncio.AbstractEventLoop) -> tuple[Carrier, ...]:
    return tuple(Carrier(number, origin, loop) for number in range(settings.BROKER_COUNT))


def _group_carried_by(number: int, name: str) -> str:
    """Which host carries a group follows from its name, so a name is looked for."""
    names = (f"{name}.{attempt}" for attempt in count())
    return next(name for name in names if settings.BROKER_OF(name) == number)
