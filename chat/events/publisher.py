"""The one door out of a process: in order, never blocking who announces, and (with its carriers) all that sends.

An announcement goes to the local listener (the hub) at once; the channel layer carries it to the other processes. The
database is the truth: what the broker drops is healed by number, so a failure here is logged and delays nobody.
"""

from __future__ import annotations

import asyncio
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import count

import structlog
from django.conf import settings

from chat.events.carriers import BEAT, Announcement, Carrier, carriers_for
from chat.logcontext import told

log = structlog.get_logger(__name__)

SITE = "site"

Listener = Callable[[Announcement], None]
Addressed = tuple[str, Announcement]  # with its group
Moment = Callable[[Sequence[Announcement]], AbstractContextManager[None]]


def room_group(room_id: int) -> str:
    return f"room.{room_id}"


class Publisher:
    """One per event loop. ``healthy`` is False while a host of the broker does not take what is sent."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.origin = uuid.uuid4().hex
        self.is_shared = bool(settings.REDIS_URL)
        self.carriers = carriers_for(self.origin, loop)
        self.listener: Listener | None = None
        self.moment: Moment = lambda _: nullcontext()  # around what the listener hears at once
        self._for_all = count(1)  # also of what is dropped: by the next one the others notice

    @property
    def healthy(self) -> bool:
        return all(carrier.healthy for carrier in self.carriers)

    @property
    def queued(self) -> int:
        return sum(carrier.queued for carrier in self.carriers)

    def carrier_of(self, group: str) -> Carrier:
        return self.carriers[settings.BROKER_OF(group)]

    def put(self, group: str, announcement: Announcement) -> None:
        """On this loop: deliver here, and line up for the other processes, if there may be any."""
        if self.listener is not None:
            self.listener(announcement)
        if self.is_shared:
            self._send(group, announcement)

    def beat(self, *, is_for_all: bool = False) -> None:
        """Say something to ourselves by way of each host, if there may be others to hear; or let them hear it, too."""
        everybody = self.carrier_of(SITE) if is_for_all else None
        for carrier in self.carriers if self.is_shared else ():
            self._send(SITE if carrier is everybody else carrier.beat, BEAT)

    def tasks(self) -> list[asyncio.Task[None]]:
        return [task for carrier in self.carriers for task in carrier.tasks()]

    async def emptied(self) -> None:
        """What was lined up has been sent, or given up."""
        await asyncio.gather(*(carrier.emptied() for carrier in self.carriers))

    def _send(self, group: str, announcement: Announcement) -> None:
        number = next(self._for_all) if group == SITE else 0
        self.carrier_of(group).send(group, announcement, number)

    def put_all(self, announced: Sequence[Addressed]) -> None:
        """Several of one moment."""
        with self.moment([announcement for _, announcement in announced]):
            for group, announcement in announced:
                self.put(group, announcement)


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


class _Kept(threading.local):
    announced: list[Addressed] | None = None


_kept = _Kept()


@contextmanager
def together() -> Iterator[None]:
    """What this thread announces meanwhile is announced at the end, as of one moment: by one hop to the loop, and
    whoever hears it writes once."""
    if _kept.announced is not None:
        yield
        return
    _kept.announced = []
    try:
        yield
    finally:
        announced, _kept.announced = _kept.announced, None
        if announced:
            _publish(announced)


def say_kept() -> None:
    """What this thread keeps is announced now: it will do something that may take long."""
    if _kept.announced:
        announced, _kept.announced = _kept.announced, []
        _publish(announced)


def publish(group: str, announcement: Announcement) -> None:
    """Announce from anywhere: a thread of the server, its loop, or a command without a loop."""
    if _kept.announced is not None:
        _kept.announced.append((group, announcement))
    else:
        _publish([(group, announcement)])


def _publish(announced: Sequence[Addressed]) -> None:
    with _registry:
        running = [publisher for loop, publisher in _publishers.items() if loop.is_running()]
    for publisher in running:
        if running_loop() is publisher.loop:
            publisher.put_all(announced)
        else:
            publisher.loop.call_soon_threadsafe(publisher.put_all, announced)
    if not running:
        for group, announcement in announced:
            _publish_from_command(group, announcement)


def running_loop() -> asyncio.AbstractEventLoop | None:
    """Of this thread, if it runs one."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _publish_from_command(group: str, announcement: Announcement) -> None:
    """A command has no loop: a short one of its own. Without a shared broker nobody else would hear it."""
    if not settings.REDIS_URL:
        return

    async def once() -> None:
        await Publisher(asyncio.get_running_loop()).carrier_of(group).transmit(group, announcement)

    try:
        asyncio.run(once())
    except Exception as error:  # noqa: BLE001 - whatever a broker raises
        log.warning("broker_failed", reason=told(error))
