"""Stopping a reply on purpose, so that its stream ends with ``Cancelled`` and not with an exception."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from chat.providers.events import Cancelled, Done, Failed, ProviderEvent


class Cancellation:
    """A handle for one stream: ``cancel()`` it from anywhere on the loop that reads the stream.

    ::

        stop = Cancellation()
        async for event in stop.over(provider.stream(request)):
            ...  # elsewhere: stop.cancel()

    After the terminal event ``cancel()`` does nothing. Cancelling the reading task works as ever and is not swallowed.
    """

    def __init__(self) -> None:
        self.is_asked = False
        self._waiting: asyncio.Timeout | None = None

    def cancel(self) -> None:
        self.is_asked = True
        if self._waiting is not None:
            self._waiting.reschedule(asyncio.get_running_loop().time())

    async def over(self, events: AsyncGenerator[ProviderEvent, None]) -> AsyncGenerator[ProviderEvent, None]:
        try:
            while (event := await self._next(events)) is not None:
                yield event
                if isinstance(event, Done | Failed | Cancelled):
                    return
        finally:
            await events.aclose()
        yield Cancelled()

    async def _next(self, events: AsyncGenerator[ProviderEvent, None]) -> ProviderEvent | None:
        """The next event; None once cancelled.

        The scope is around one wait only: a wider one would cancel the reader in the middle of its own work.
        """
        if self.is_asked:
            return None
        try:
            async with asyncio.timeout(None) as self._waiting:
                return await anext(events)
        except TimeoutError:
            return None
        finally:
            self._waiting = None
