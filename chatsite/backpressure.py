"""Makes whoever answers wait for a reader that does not keep up: Daphne alone keeps everything for it in memory."""

from __future__ import annotations

import asyncio
from typing import Any

from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

STALLED_SECONDS = 60.0  # a reader that takes nothing at all for so long is let go


@implementer(IPushProducer)
class Reader:
    """Told by Twisted when everything has been handed to the kernel, or when the line is gone."""

    def __init__(self) -> None:
        self.has_taken = asyncio.Event()

    def pauseProducing(self) -> None:  # noqa: N802 - twisted's
        """We wait already."""

    def resumeProducing(self) -> None:  # noqa: N802 - twisted's
        self.has_taken.set()

    def stopProducing(self) -> None:  # noqa: N802 - twisted's
        self.has_taken.set()


async def until_taken(request: Any) -> None:
    """Wait while more than Twisted's buffer holds (64 KiB) lies there for this reader.

    Without ``asyncio.timeout``: live events are sent by a step of this coroutine, which no task of its own makes.
    """
    channel: Any = request.channel
    if channel is None or not channel._waitingForTransport or request.producer is not None:
        return
    reader = Reader()
    request.registerProducer(reader, streaming=True)
    stalled = asyncio.get_running_loop().call_later(STALLED_SECONDS, _let_go, channel, reader)
    try:
        await reader.has_taken.wait()
    finally:
        stalled.cancel()
        _forget(request)


def _let_go(channel: Any, reader: Reader) -> None:
    channel.forceAbortClient()
    reader.has_taken.set()


def _forget(request: Any) -> None:
    """Of a line that is gone there is nothing to take back."""
    if request.channel is not None:
        request.unregisterProducer()
