"""A reply's beginning, told to its room."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

ASKING_SECONDS = 0.002  # a question is sent within 1.5 ms, also by a processor that has slept


class Start:
    """Is told a moment after its model has been asked: while it thinks, there is time to write to hundreds. But before
    whatever else is told of the reply."""

    def __init__(self, tell: Callable[[], None]) -> None:
        self._tell = tell
        self._timer: asyncio.TimerHandle | None = asyncio.get_running_loop().call_later(ASKING_SECONDS, self.now)

    def now(self) -> None:
        """Unless it has been told."""
        if self._timer is not None:
            self.drop()
            self._tell()

    def drop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
