"""Memory goes back once a crowd has come, and once it has left. The collector, as calm as we made it, comes by rarely,
and a socket that ends well needs none: ``ChatProtocol`` takes care that nothing of it holds itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

MANY = 1_000
QUIET_SECONDS = 5.0  # after a restart of a proxy everybody comes back first: that is no time for a pause


class Tidying:
    """When many have come or left, and nobody does for a moment: tidy. It is told whether a crowd has gone, more than
    are here: only then so little stays that all of it may be looked at (0.1 s for a thousand sockets)."""

    def __init__(self, tidy: Callable[[bool], object]) -> None:
        self._do = tidy
        self._here = 0
        self._came = self._left = 0
        self._timer: asyncio.TimerHandle | None = None

    def one_came(self) -> None:
        self._here += 1
        self._came += 1
        self._wait_for_quiet(self._came)

    def one_left(self) -> None:
        self._here -= 1
        self._left += 1
        self._wait_for_quiet(self._left)

    def _wait_for_quiet(self, number: int) -> None:
        if number < MANY:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(QUIET_SECONDS, self._tidy)

    def _tidy(self) -> None:
        self._timer = None
        is_crowd_gone = self._left >= MANY and self._left > self._here
        if is_crowd_gone:
            self._came = self._left = 0
        elif self._came >= MANY:
            self._came = 0
        else:
            return
        self._do(is_crowd_gone)
