"""Waiting for what comes in its own time: a machine that has much to do is slow, not wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from asgiref.sync import sync_to_async

PATIENCE_SECONDS = 60.0


async def until(condition: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> None:
    """Asked on the event loop."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)


async def until_stored(condition: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> None:
    """Asked where it may block: of the database, or of the cache."""
    async with asyncio.timeout(seconds):
        while not await sync_to_async(condition)():
            await asyncio.sleep(0.02)
