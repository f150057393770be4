"""Every process is restarted, one after the other, while people write and replies run: nobody loses anything."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest

from tests.chaos.bots import Bot
from tests.chaos.restarting import restart_one_by_one
from tests.chaos.rows import rows
from tests.chaos.whole import Whole
from tests.fake_llm import FakeLLM, Script, stream_of

BOTS = 12
PAUSE_SECONDS = 0.2
WORDS = " ".join(f"w{number}" for number in range(150))
WORD_SECONDS = 1 / 15


@pytest.mark.timeout(400)
async def test_nothing_is_lost_or_doubled_while_every_process_is_restarted(
    whole_site: Whole, model: FakeLLM, tmp_path: Path
) -> None:
    is_restarted = threading.Event()
    first_tries = Script([*stream_of(WORDS, WORD_SECONDS)[:-3], is_restarted])  # however long that takes
    model.answer(first_tries, first_tries, Script(stream_of(WORDS, WORD_SECONDS)))
    first, _ = whole_site.webs
    async with AsyncExitStack() as stack:
        names = [list(whole_site.tokens)[number % 3] for number in range(BOTS)]
        bots = [await stack.enter_async_context(Bot(whole_site.nginx, whole_site.tokens[name])) for name in names]
        pages = await stack.enter_async_context(reading_pages(whole_site))
        await bots[0].say("@helper one")
        await bots[1].say("@helper two")
        enough = asyncio.Event()
        talking = [asyncio.create_task(talk(number, bot, enough)) for number, bot in enumerate(bots)]

        told = await restart_one_by_one(whole_site.units, tmp_path)

        enough.set()
        is_restarted.set()
        said = [text for texts in await asyncio.gather(*talking) for text in texts]
        assert told.count("is ready") == 3
        for bot in bots:
            await bot.until(lambda bot=bot: not bot.outbox, 60)
        stored = [text for (text,) in rows(first, "SELECT text FROM chat_message WHERE text LIKE 'bot %'")]
        assert sorted(stored) == sorted(said)
        for bot in bots:
            await bot.until(lambda bot=bot: len(bot.messages) == len(said) + 4, 60)
            await bot.until(lambda bot=bot: bot.texts().count(WORDS) == 2, 60)
            assert len(bot.arrivals) == len(set(bot.arrivals))
            assert [m["sequence"] for m in sorted(bot.messages.values(), key=lambda m: m["sequence"])] == list(
                range(1, len(said) + 5)
            )
    assert set(pages) == {200}
    assert rows(first, "SELECT is_open, takeovers FROM chat_reply") == [(False, 0)] * 2
    assert set(rows(first, "SELECT status FROM chat_message WHERE attempt_number > 0")) == {("complete",)}
    assert rows(first, "SELECT attempt_number FROM chat_message WHERE attempt_number > 0") == [(2,)] * 2


async def talk(number: int, bot: Bot, enough: asyncio.Event) -> list[str]:
    """What was said until it was enough."""
    said: list[str] = []
    while not enough.is_set():
        said.append(f"bot {number} says {len(said)}")
        await bot.say(said[-1])
        await asyncio.sleep(PAUSE_SECONDS * BOTS / 4)
    return said


@asynccontextmanager
async def reading_pages(whole: Whole) -> AsyncIterator[list[int]]:
    """Somebody goes from page to page meanwhile: the statuses they were answered."""
    statuses: list[int] = []

    async def read(client: httpx.AsyncClient) -> None:
        while True:
            statuses.append((await client.get("/accounts/login/")).status_code)
            await asyncio.sleep(PAUSE_SECONDS)

    async with whole.client() as client:
        reading = asyncio.create_task(read(client))
        yield statuses
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
