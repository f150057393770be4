"""Who reads slowly is waited for; who does not read at all is let go."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

from chat import metrics
from chatsite import backpressure
from chatsite.backpressure import Reader


class Channel:
    def __init__(self, waiting: int) -> None:
        self.transport = SimpleNamespace(dataBuffer=b"x" * waiting, offset=0, _tempDataLen=10)
        self.cuts = 0

    def forceAbortClient(self) -> None:  # noqa: N802 - twisted's
        self.cuts += 1


async def test_a_slow_reader_is_let_go_only_where_nothing_more_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backpressure, "STALLED_SECONDS", 0.001)
    reader, channel, dropped = Reader(), Channel(1_000), metrics.DROPPED_READERS.value
    reader.look_after(channel)

    for _ in range(20):
        before = reader.look
        channel.transport.offset += 1
        while reader.look is before:
            await asyncio.sleep(0)
    assert channel.cuts == 0

    await asyncio.wait_for(reader.has_taken.wait(), 10)
    assert channel.cuts == 1
    assert metrics.DROPPED_READERS.value == dropped + 1
