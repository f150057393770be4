"""The moments at which models' lines are read, and at which it is told what was read: one timer wakes everybody."""

from __future__ import annotations

import asyncio
import time

Line = list[asyncio.Future[None]]


class Beat:
    """In each, first those who rest read, then those whose turn it is tell: while a processor still has at hand what
    both of them need. Between two beats nobody is woken, and it forgets all of that."""

    def __init__(self, period: float) -> None:
        self._period = period
        self._newest = 0
        self._is_awaited = False
        self._resting: Line = []
        self._in_turn: Line = []

    @property
    def number(self) -> int:
        """Of the beat that is now, by the monotonic clock; timers may be early by a little."""
        return max(self._newest, int(time.monotonic() // self._period))

    async def rest(self) -> None:
        """Until the next beat. Whoever has read something waits here, and then reads all that came meanwhile."""
        await self._stand_in(self._resting)

    async def turn(self, number: int) -> None:
        """Until that beat, behind those who read in it."""
        while self.number < number:
            await self._stand_in(self._in_turn)

    async def _stand_in(self, line: Line) -> None:
        loop = asyncio.get_running_loop()
        if not self._is_awaited:
            self._is_awaited = True
            coming = self.number + 1
            loop.call_later(coming * self._period - time.monotonic(), self._begin, coming)
        future = loop.create_future()
        line.append(future)
        await future

    def _begin(self, number: int) -> None:
        self._newest, self._is_awaited = number, False
        resting, self._resting = self._resting, []
        in_turn, self._in_turn = self._in_turn, []
        wake(resting)
        asyncio.get_running_loop().call_soon(wake, in_turn)  # behind what they have just been woken to


def wake(line: Line) -> None:
    for future in line:
        if not future.done():  # or who waited was stopped
            future.set_result(None)
