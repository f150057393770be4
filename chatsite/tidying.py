"""Memory goes back once a crowd has left. The collector, as calm as we made it, comes by rarely, and a socket that ends
well needs none: ``ChatProtocol`` takes care that nothing of it holds itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

MANY = 1_000
QUIET_SECONDS = 5.0  # after a restart of a proxy everybody comes back first: that is no time for a pause


class Tidying:
    """When many have left, more than are here, and no more do for a moment: tidy. To collect stops everything while all
    that stays is looked at: 0.1 s for a thousand sockets."""

    def __init__(self, tidy: Callable[[], object]) -> None:
        self._do = tidy
        self._here = 0
        self._left = 0
        self._timer: asyncio.TimerHandle | None = None

    def one_came(self) -> None:
        self._here += 1

    def one_left(self) -> None:
        self._here -= 1
        self._left += 1
        if self._left < MANY:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(QUIET_SECONDS, self._tidy)

    def _tidy(self) -> None:
        self._timer = None
        if self._left > self._here:
            self._left = 0
            self._do()
