"""Deltas to joined frames: at most one frame per reply in 50 ms, and all replies of a room in one announcement."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import structlog
from django.conf import settings
from django.core.cache import cache

from chat import events
from chat.database import in_database
from chat.replies.rendering import Rendering
from chat.replies.thoughts import Thought
from chat.replykeys import KEPT_SECONDS, frame_key

log = structlog.get_logger(__name__)

PERIOD_SECONDS = 0.05
REST_SECONDS = 0.02  # where a frame takes longer than its period, there are fewer of them


@dataclass(frozen=True, slots=True)
class Cut:
    """What has come since the last frame; ``is_anew`` if it stands for everything that was shown before."""

    content: str
    is_anew: bool = False
    thought: Thought | None = None


class Source(Protocol):
    """A reply that grows."""

    def cut(self) -> Cut | None:
        """What has come since the last time; None if nothing has."""

    def grow(self, cut: Cut) -> list[Mapping[str, Any]]:
        """The same as announcements, in their order. Renders: not on the event loop."""


class RoomPulse:
    """The beat of one room. The first delta after a rest goes out at once; what follows waits for the next beat."""

    def __init__(self, room_id: int, rendering: Rendering, forget: Callable[[int], None]) -> None:
        self._room_id = room_id
        self._rendering = rendering
        self._forget = forget
        self._waiting: dict[int, Source] = {}
        self._beating = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._told_at = -PERIOD_SECONDS

    def grew(self, key: int, source: Source) -> None:
        self._waiting[key] = source
        if self._task is None:
            self._task = asyncio.create_task(self._beat())

    async def flush(self) -> None:
        """Everything that waits, as soon as the last frames are old enough. A reply calls it before its end is told."""
        async with self._beating:
            sources, self._waiting = list(self._waiting.values()), {}
            cuts = [(source, cut) for source in sources if (cut := source.cut())]
            if cuts:
                growths = await self._rendering.rendered(partial(grown, cuts))
                await keep_for_late_joiners(growths)
                await asyncio.sleep(self._told_at + PERIOD_SECONDS - time.monotonic())
                self._told_at = time.monotonic()
                events.reply_grew(self._room_id, growths)

    async def _beat(self) -> None:
        while self._waiting:
            begun = time.monotonic()
            try:
                await self.flush()
            except Exception:  # a frame lost is healed by the next checkpoint; a pulse lost would silence the room
                log.exception("pulse_failed", room=self._room_id)
            await asyncio.sleep(max(begun + PERIOD_SECONDS - time.monotonic(), REST_SECONDS))
        self._task = None
        self._forget(self._room_id)


def grown(cuts: list[tuple[Source, Cut]]) -> list[Mapping[str, Any]]:
    return [growth for source, cut in cuts for growth in source.grow(cut)]


class Pulses:
    """The pulses of this process's rooms, while they beat."""

    def __init__(self) -> None:
        self._rooms: dict[int, RoomPulse] = {}
        self._rendering = Rendering()

    def of(self, room_id: int) -> RoomPulse:
        if room_id not in self._rooms:
            self._rooms[room_id] = RoomPulse(room_id, self._rendering, self._forget)
        return self._rooms[room_id]

    def _forget(self, room_id: int) -> None:
        self._rooms.pop(room_id, None)


async def keep_for_late_joiners(growths: list[Mapping[str, Any]]) -> None:
    """Put first, then publish: a process that comes to the room now finds here what it did not hear.

    Alone, without a shared broker, this process's hub has heard everything already.
    """
    if settings.REDIS_URL:
        kept = {frame_key(growth): growth for growth in growths}
        await in_database(cache.set_many, kept, KEPT_SECONDS)
