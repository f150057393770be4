"""One claim at a time in a process, by whichever thread; and none behind the back of who has to know what is held."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncGenerator

AGAIN_SECONDS = 0.01


class Claiming:
    def __init__(self) -> None:
        self._lock = threading.Lock()

    def begin(self, *, is_patient: bool) -> bool:
        """False if another thread is at it, and is not waited for. Blocks otherwise."""
        return self._lock.acquire(blocking=is_patient)

    def end(self) -> None:
        self._lock.release()

    @contextlib.asynccontextmanager
    async def paused(self) -> AsyncGenerator[None]:
        """Nobody claims meanwhile, and what a claim has given to the loop before is taken up.

        Asked again and again: a thread that waits for a lock gets it, and keeps it, also where its task was cancelled.
        """
        while not self._lock.acquire(blocking=False):  # noqa: ASYNC110 - a lock of threads tells no loop that it is free
            await asyncio.sleep(AGAIN_SECONDS)
        try:
            await asyncio.sleep(0)
            yield
        finally:
            self._lock.release()
