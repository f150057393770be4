"""The model is asked first, then its room is told; whatever else is told comes behind that."""

from __future__ import annotations

import asyncio

from chat.replies.start import ASKING_SECONDS, Start


async def test_it_is_told_once() -> None:
    told: list[str] = []
    start = Start(lambda: told.append("start"))
    assert told == []

    start.now()
    start.now()
    await asyncio.sleep(2 * ASKING_SECONDS)

    assert told == ["start"]


async def test_it_is_told_without_a_word_of_the_model() -> None:
    told = asyncio.Event()
    Start(told.set)

    await asyncio.wait_for(told.wait(), 30)


async def test_what_is_dropped_is_never_told() -> None:
    told: list[str] = []
    start = Start(lambda: told.append("start"))

    start.drop()
    start.now()
    await asyncio.sleep(2 * ASKING_SECONDS)

    assert told == []
