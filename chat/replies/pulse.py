"""Deltas to joined frames: at most one frame per reply in 50 ms, and all replies of a room in one announcement.

All rooms of the process beat at the same moments, and the lines to the models are read just before (``beat.py``): so
there is one visit to a thread for everybody, and a token that comes between two beats wakes nobody.
"""

from __future__ import annotations

import asyncio
import time
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import structlog
from django.conf import settings
from django.core.cache import cache

from chat import events
from chat.replies.beat import Beat
from chat.replies.rendering import Growths, Rendering
from chat.replies.thoughts import Thought
from chat.replykeys import KEPT_SECONDS, frame_key

log = structlog.get_logger(__name__)

PERIOD_SECONDS = 0.05
READABLE = 160  # characters in a beat; what comes faster nobody reads as it comes, and it is told every other beat
LIGHT = 40  # characters that an answer begins with: rendered sooner than a thread is found for them, whatever they are
CLOSEST_SECONDS = 0.75 * PERIOD_SECONDS  # two frames, where the first was late: so a room comes back into time


@dataclass(frozen=True, slots=True)
class Cut:
    """What has come since the last frame; ``is_anew`` if it stands for everything that was shown before. ``is_light``
    if a thread is not worth its while for it."""

    content: str
    is_anew: bool = False
    thought: Thought | None = None
    is_light: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """When a room is told again."""

    beat: int
    earliest: float  # by the monotonic clock


class Source(Protocol):
    """A reply that grows."""

    def cut(self) -> Cut | None:
        """What has come since the last time; None if nothing has."""

    def grow(self, cut: Cut) -> list[Mapping[str, Any]]:
        """The same as announcements, in their order. Renders: not on the event loop."""


class RoomPulse:
    """What one room is told. The first delta after a rest goes out at once; what follows waits for the next beat."""

    def __init__(self, room_id: int, rendering: Rendering, beat: Beat) -> None:
        self._room_id = room_id
        self._beat = beat
        self.rest = beat.rest  # for who reads what is to be told here
        self._rendering = rendering
        self._waiting: dict[int, Source] = {}
        self._failed: dict[Source, Exception] = {}
        self._telling = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._turn = Turn(0, 0.0)
        self._told_at = 0.0

    def grew(self, key: int, source: Source) -> None:
        self._waiting[key] = source
        if self._task is None:
            self._task = asyncio.create_task(self._tell_all())

    async def flush(self, ending: Source | None = None) -> None:
        """Everything that waits, when it is this room's turn. A reply calls it before its end is told.

        :raises Exception: what kept words of this one from being told, also before. It is no other one's business.
        """
        async with self._telling:
            await self._beat.turn(self._turn.beat)
            await until(self._turn.earliest)
            sources, self._waiting = list(self._waiting.values()), {}
            cuts = [(source, cut) for source in sources if (cut := source.cut())]
            if cuts:
                await self._tell(cuts)
        if ending is not None and (error := self._failed.pop(ending, None)):
            raise error

    async def _tell(self, cuts: list[tuple[Source, Cut]]) -> None:
        is_readable = all(len(cut.content) <= READABLE for _, cut in cuts)
        self._turn = turn_after(self._beat.number, time.monotonic(), beats=1 if is_readable else 2)
        is_light = all(cut.is_light for _, cut in cuts)
        failed: dict[Source, Exception] = {}
        growths: Growths = []
        try:
            growths = await self._rendering.rendered(partial(grown, cuts, failed), is_light=is_light)
        except Exception as error:  # noqa: BLE001 - of no thread: what was cut would be missing in each of them
            failed = dict.fromkeys((source for source, _ in cuts), error)
        if failed:
            self._note(failed)
        if not growths:
            return
        await until(self._told_at + CLOSEST_SECONDS)
        self._told_at = time.monotonic()
        events.reply_grew(self._room_id, growths)

    def _note(self, failed: Mapping[Source, Exception]) -> None:
        self._failed.update(failed)
        for error in failed.values():
            log.error("reply_not_rendered", room=self._room_id, exc_info=error)

    async def _tell_all(self) -> None:
        try:
            while self._waiting:
                await self._guarded_flush()
        finally:
            self._task = None

    async def _guarded_flush(self) -> None:
        try:
            await self.flush()
        except Exception:  # a frame lost is healed by the next checkpoint; a pulse lost would silence the room
            log.exception("pulse_failed", room=self._room_id)


def turn_after(beat: int, cut_at: float, *, beats: int = 1) -> Turn:
    """In each beat, or in so many. Who was late once is not late for ever, nor does it have to leave out a beat: it is
    a little less late each time."""
    return Turn(beat + beats, cut_at + CLOSEST_SECONDS)


async def until(moment: float) -> None:
    """Of the monotonic clock."""
    if (wait := moment - time.monotonic()) > 0:
        await asyncio.sleep(wait)


def grown(cuts: list[tuple[Source, Cut]], failed: dict[Source, Exception]) -> list[Mapping[str, Any]]:
    """``failed`` takes those that could not be rendered: the others are told all the same."""
    growths: list[Mapping[str, Any]] = []
    for source, cut in cuts:
        try:
            growths += source.grow(cut)
        except Exception as error:  # noqa: BLE001 - of whatever kind; and it costs nothing until then
            failed[source] = error
    return growths


class Pulses:
    """The pulses of this process's rooms, while somebody writes there."""

    def __init__(self) -> None:
        self._rooms: weakref.WeakValueDictionary[int, RoomPulse] = weakref.WeakValueDictionary()
        self._rendering = Rendering(keep_for_late_joiners if settings.REDIS_URL else None)
        self._beat = Beat(PERIOD_SECONDS)

    def of(self, room_id: int) -> RoomPulse:
        pulse = self._rooms.get(room_id)
        if pulse is None:
            pulse = self._rooms[room_id] = RoomPulse(room_id, self._rendering, self._beat)
        return pulse


def keep_for_late_joiners(growths: list[Mapping[str, Any]]) -> None:
    """Put first, then published: a process that comes to the room now finds here what it did not hear.

    Alone, without a shared broker, this process's hub has heard everything already.
    """
    if growths:
        cache.set_many({frame_key(growth): growth for growth in growths}, KEPT_SECONDS)
