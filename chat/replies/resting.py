"""Where those wait who read models' lines: one timer wakes all of them at the next beat."""

from __future__ import annotations

import asyncio
import time


class Resting:
    def __init__(self, period: float) -> None:
        self._period = period
        self._waiting: list[asyncio.Future[None]] = []

    async def rest(self) -> None:
        """Until the next beat. Whoever has read something waits here, and then reads all that came meanwhile."""
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_later(self._period - time.monotonic() % self._period, self._go_on)
        future = loop.create_future()
        self._waiting.append(future)
        await future

    def _go_on(self) -> None:
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():  # or who waited was stopped
                future.set_result(None)
