"""That somebody writes replies: asked where web processes leave them to others, before anybody waits for one."""

from __future__ import annotations

import asyncio

from django.core.cache import cache

from chat.hub import current_hub

KEY = "replies:written"
TOLD_SECONDS = 5.0
KEPT_SECONDS = 15


async def keep_telling() -> None:
    """By a task of its own: a Redis that is silent delays no reply. Of one that is away (the first of several keeps the
    cache) the log is told elsewhere."""
    first = current_hub().publisher.carriers[0]
    while True:
        if first.healthy:
            await asyncio.to_thread(cache.set, KEY, True, KEPT_SECONDS)
        await asyncio.sleep(TOLD_SECONDS)


def is_anybody_writing() -> bool:
    return bool(cache.get(KEY))
