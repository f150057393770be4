"""The one door out of a process: in order, never blocking who announces, and the only module that sends to groups.

An announcement goes to the local listener (the hub) at once; the channel layer carries it to the other processes. The
database is the truth: what the broker drops is healed by number, so a failure here is logged and delays nobody.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from channels.layers import get_channel_layer
from django.conf import settings

from chat import metrics

log = structlog.get_logger(__name__)

SITE = "site"
QUEUE_LIMIT = 10_000
PROBE_SECONDS = 1.0
SEND_TIMEOUT_SECONDS = 3.0

Announcement = Mapping[str, Any]
Listener = Callable[[Announcement], None]


def room_group(room_id: int) -> str:
    return f"room.{room_id}"


class Publisher:
    """One per event loop. ``healthy`` is False while the broker does not take what is sent."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.origin = uuid.uuid4().hex
        self.healthy = True
        self.is_shared = bool(settings.REDIS_URL)
        self.listener: Listener | None = None
        self._queue: asyncio.Queue[tuple[str, Announcement, bool]] = asyncio.Queue(QUEUE_LIMIT)
        self._task: asyncio.Task[None] | None = None

    def put(self, group: str, announcement: Announcement) -> None:
        """On this loop: deliver here, and line up for the other processes, if there may be any."""
        if self.listener is not None:
            self.listener(announcement)
        if self.is_shared:
            self.send(group, announcement)

    def send(self, name: str, announcement: Announcement, *, to_channel: bool = False) -> None:
        """Line up for the broker only; to one group, or to one channel."""
        if not self.healthy:
            return
        try:
            self._queue.put_nowait((name, announcement, to_channel))
        except asyncio.QueueFull:
            self._fail("queue full")
        if self._task is None:
            # A fresh context: the one of a request's thread ends before this task does.
            self._task = self.loop.create_task(self._run(), context=contextvars.Context())

    @property
    def queued(self) -> int:
        return self._queue.qsize()

    def tasks(self) -> list[asyncio.Task[None]]:
        return [self._task] if self._task else []

    async def emptied(self) -> None:
        """What was lined up has been sent, or given up."""
        await self._queue.join()

    def put_threadsafe(self, group: str, announcement: Announcement) -> None:
        self.loop.call_soon_threadsafe(self.put, group, announcement)

    async def _run(self) -> None:
        while True:
            name, announcement, to_channel = await self._queue.get()
            try:
                async with asyncio.timeout(SEND_TIMEOUT_SECONDS):  # `wait_for` may swallow a cancellation before 3.12
                    await self.transmit(name, announcement, to_channel=to_channel)
            except Exception as error:  # noqa: BLE001 - whatever a broker raises
                self._fail(repr(error))
                self._queue.task_done()
                await self._probe()
            else:
                self._queue.task_done()

    async def transmit(self, name: str, announcement: Announcement, *, to_channel: bool = False) -> None:
        layer = get_channel_layer()
        assert layer is not None
        message = {"type": "chat.event", "origin": self.origin, "event": dict(announcement)}
        await (layer.send if to_channel else layer.group_send)(name, message)

    def _fail(self, reason: str) -> None:
        """What waits is dropped: it is in the database, and hubs read it there."""
        if self.healthy:
            metrics.BROKER_FAILURES.add()
            log.error("broker_failed", reason=reason, dropped=self._queue.qsize())
        self.healthy = False
        while not self._queue.empty():
            self._queue.get_nowait()
            self._queue.task_done()

    async def _probe(self) -> None:
        while not self.healthy:
            await asyncio.sleep(PROBE_SECONDS)
            try:
                async with asyncio.timeout(SEND_TIMEOUT_SECONDS):
                    await self.transmit(SITE, {"kind": "probe"})
            except Exception:  # noqa: BLE001, S112 - the failure is logged once, when it begins
                continue
            self.healthy = True
            log.info("broker_recovered")


_publishers: dict[asyncio.AbstractEventLoop, Publisher] = {}
_registry = threading.Lock()


def publisher_of(loop: asyncio.AbstractEventLoop) -> Publisher:
    """The publisher of this loop, made on first use."""
    with _registry:
        for stale in [known for known in _publishers if known.is_closed()]:
            del _publishers[stale]
        if loop not in _publishers:
            _publishers[loop] = Publisher(loop)
        return _publishers[loop]


async def say_all() -> None:
    """What this process has to tell the others has left: nothing is unsaid when it ends."""
    await publisher_of(asyncio.get_running_loop()).emptied()


def publish(group: str, announcement: Announcement) -> None:
    """Announce from anywhere: a thread of the server, its loop, or a command without a loop."""
    with _registry:
        running = [publisher for loop, publisher in _publishers.items() if loop.is_running()]
    for publisher in running:
        if _is_on(publisher.loop):
            publisher.put(group, announcement)
        else:
            publisher.put_threadsafe(group, announcement)
    if not running:
        _publish_from_command(group, announcement)


def _is_on(loop: asyncio.AbstractEventLoop) -> bool:
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False


def _publish_from_command(group: str, announcement: Announcement) -> None:
    """A command has no loop: a short one of its own. Without a shared broker nobody else would hear it."""
    if not settings.REDIS_URL:
        return

    async def once() -> None:
        await Publisher(asyncio.get_running_loop()).transmit(group, announcement)

    try:
        asyncio.run(once())
    except Exception as error:  # noqa: BLE001 - whatever a broker raises
        log.warning("broker_failed", reason=repr(error))
