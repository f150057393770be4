"""The collector, as calm as we made it, comes by rarely. A socket that ends well needs none: ``ChatProtocol`` takes
care that nothing of it holds itself. What ended otherwise is looked for once very many have left."""

from __future__ import annotations

import asyncio
import gc

MANY = 10_000
QUIET_SECONDS = 5.0  # after a restart of a proxy everybody comes back first: that is no time for a pause


class Tidying:
    """When many have left, and no more do for a moment: collect. It stops everything for about 0.1 s."""

    def __init__(self) -> None:
        self._left = 0
        self._timer: asyncio.TimerHandle | None = None

    def one_left(self) -> None:
        self._left += 1
        if self._left < MANY:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(QUIET_SECONDS, self._tidy)

    def _tidy(self) -> None:
        self._left, self._timer = 0, None
        gc.collect()
