"""Makes whoever answers wait for a reader that does not keep up: Daphne alone keeps everything for it in memory."""

from __future__ import annotations

import asyncio
from math import inf
from typing import Any

from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

from chat import metrics
from chatsite.patience import BYTES_PER_SECOND

STALLED_SECONDS = 60.0  # whoever reads more slowly for so long than the slowest of lines is let go


@implementer(IPushProducer)
class Reader:
    """Told by Twisted when everything has been handed to the kernel, or when the line is gone."""

    look: asyncio.TimerHandle

    def __init__(self) -> None:
        self.has_taken = asyncio.Event()

    def look_after(self, channel: Any, before: float = inf) -> None:
        """Let go who has taken too little since the last look."""
        waiting = _waiting(channel)
        if waiting <= before - STALLED_SECONDS * BYTES_PER_SECOND:
            self.look = asyncio.get_running_loop().call_later(STALLED_SECONDS, self.look_after, channel, waiting)
            return
        metrics.DROPPED_READERS.add()
        channel.forceAbortClient()
        self.has_taken.set()

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
    reader.look_after(channel)
    try:
        await reader.has_taken.wait()
    finally:
        reader.look.cancel()
        _forget(request)


def _waiting(channel: Any) -> int:
    """Bytes that the kernel has not taken yet."""
    transport: Any = channel.transport
    waiting: int = len(transport.dataBuffer) - transport.offset + transport._tempDataLen
    return waiting


def _forget(request: Any) -> None:
    """Of a line that is gone there is nothing to take back."""
    if request.channel is not None:
        request.unregisterProducer()
