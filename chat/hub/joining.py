"""Frames of one moment in one write: in a large room the kernel's part of a write is most of what a frame costs.

The first goes at once. While as much time as the last fan-out took has not passed again, what comes is collected, and
then written together. So a quiet room waits for nothing, and a busy one is written to half of the time at most.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from chat.frames import Frame

WORTH_SECONDS = 0.001  # a shorter fan-out costs less than to wait for another
MOST_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Said:
    """To all of a room; ``author`` hears ``own`` instead, or nothing."""

    frames: tuple[Frame, ...]
    author: int = 0
    own: Frame | None = None
    is_passing: bool = False

    def heard_by(self, user_id: int) -> tuple[Frame, ...]:
        if user_id != self.author:
            return self.frames
        return () if self.own is None else (self.own,)


class Joining:
    """``write`` gets what was said in one moment: all of it is passing, or nothing."""

    def __init__(self, write: Callable[[Sequence[Said]], None]) -> None:
        self._write = write
        self._collected: list[Said] = []
        self._rests_until = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._is_held = False

    def say(self, said: Said) -> None:
        self._collected.append(said)
        if not self._is_held and self._timer is None:
            self._go_on()

    def hold(self) -> None:
        """More of the same moment comes at once: until ``release`` it is collected."""
        self._is_held = True

    def release(self) -> None:
        self._is_held = False
        if self._collected and self._timer is None:
            self._go_on()

    def _go_on(self) -> None:
        rest = self._rests_until - time.perf_counter()
        if rest <= 0:
            self.flush()
        else:
            self._timer = asyncio.get_running_loop().call_later(rest, self.flush)

    def flush(self) -> None:
        """Now: whoever is told of the room's state in another way must hear nothing older after it."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        collected, self._collected = self._collected, []
        if collected:
            self._fan_out(collected)

    def _fan_out(self, said: Iterable[Said]) -> None:
        begun = time.perf_counter()
        for _, moment in groupby(said, key=lambda each: each.is_passing):
            self._write(list(moment))
        ended = time.perf_counter()
        took = ended - begun
        self._rests_until = ended + min(took, MOST_SECONDS) if took > WORTH_SECONDS else 0.0
