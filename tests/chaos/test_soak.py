"""Everything goes wrong at once: whatever is asked ends exactly once, and nothing is left lying about."""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chatsite.postgresql import POOL
from tests import fake_llm
from tests.chaos.bots import Bot
from tests.chaos.conftest import Two
from tests.chaos.counting import counts_of, make_countable
from tests.chaos.rows import rows
from tests.fake_llm import FakeLLM, Recorded, Script
from tests.site import Site

AT_ONCE = 100
THREADS = min(32, (os.cpu_count() or 1) + 4)
POOLED = 40 + int(POOL["max_size"]) + THREADS  # kept to the model for the next question, to PostgreSQL, and to Redis
TERMINAL = {"complete", "stopped", "failed", "interrupted"}
GARBAGE = [
    b"data: {oops\n\n",
    b"\xff\xfe\x00\x01 nonsense\r\r\n",
    b'data: {"choices": [{"delta": 7}]}\n\n',
    b"data: []\n\n",
]


class MoodyLLM(FakeLLM):
    """It answers, stalls, talks nonsense, is too busy, or dies; by the dice, but each time by the same."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._dice = random.Random(seed)

    def _script_for(self, request: Recorded) -> Script:
        self.requests.append(request)
        words = " ".join(f"w{number}" for number in range(self._dice.randint(20, 60)))
        told = [fake_llm.chunk(role="assistant", content=""), *fake_llm.tokens_of(words, self._dice.uniform(0.05, 0.2))]
        half = len(told) // 2
        moods: list[tuple[float, Script]] = [
            (0.66, Script([*told, *fake_llm.ending()])),
            (0.10, Script([*told[:half], 3.0, *told[half:], *fake_llm.ending()])),
            (0.06, Script(told[:half], end="reset")),
            (0.06, Script([*told[:half], *GARBAGE, *told[half:], *fake_llm.ending()])),
            (0.03, Script(GARBAGE)),
            (0.05, fake_llm.error(429, retry_after="0.2")),
            (0.04, Script([], end="reset")),
        ]
        return self._dice.choices([script for _, script in moods], [weight for weight, _ in moods])[0]


@pytest.fixture
def model() -> Iterator[FakeLLM]:
    with MoodyLLM(seed=7) as llm:
        yield llm


class Witness:
    """Remembers the longest text of each attempt that a checkpoint has stored."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.saved: dict[int, str] = {}

    async def watch(self) -> None:
        while True:
            for attempt, text in await asyncio.to_thread(rows, self._site, "SELECT id, text FROM chat_attempt"):
                self.saved[attempt] = max(self.saved.get(attempt, ""), text, key=len)
            await asyncio.sleep(0.5)


async def ask(bot: Bot, number: int) -> None:
    await asyncio.gather(*(bot.say(f"@helper question {n}") for n in range(number)))


async def until(condition: Callable[[], bool], seconds: float = 90) -> None:
    async with asyncio.timeout(seconds):
        while not await asyncio.to_thread(condition):
            await asyncio.sleep(0.2)


def one(site: Site, query: str) -> Any:
    return rows(site, query)[0][0]


def writing_by(site: Site) -> int:
    """How many replies this process is writing, of which something is stored."""
    return int(
        one(
            site,
            "SELECT count(*) FROM chat_reply JOIN chat_attempt ON chat_attempt.id = current_id "
            f"WHERE lease_owner LIKE '%:{site.pid}:%' AND chat_attempt.text != ''",
        )
    )


async def kill_in_the_middle(site: Site) -> None:
    await until(lambda: writing_by(site) >= 5)
    await asyncio.to_thread(site.kill)


@pytest.mark.timeout(300)
async def test_every_reply_ends_once_though_all_goes_wrong(two_sites: Two, model: FakeLLM, tmp_path: Path) -> None:
    first, second, tokens = two_sites
    make_countable(second, tmp_path / "counting")
    first.start()
    second.start()
    async with Bot(second, tokens["ben"]) as ben, Bot(second, tokens["cleo"]) as cleo:
        before = await asyncio.to_thread(counts_of, second)
        witness = Witness(second)
        watching = asyncio.create_task(witness.watch())
        async with Bot(first, tokens["ana"]) as ana:
            await asyncio.gather(ask(ana, AT_ONCE // 2), ask(ben, AT_ONCE // 2))
            await kill_in_the_middle(first)
            await asyncio.to_thread(first.start)
            await ana.until(lambda: not ana.outbox, 60)
            await ask(ana, 30)  # for the new process to have something to lose
            await kill_in_the_middle(first)
            await asyncio.to_thread(first.start)
            await ana.until(lambda: not ana.outbox, 60)
        asked = AT_ONCE + 30
        await until(lambda: one(second, "SELECT count(*) FROM chat_reply WHERE NOT is_open") == asked)
        watching.cancel()
        await cleo.until(lambda: len(statuses(cleo)) == asked and set(statuses(cleo)) <= TERMINAL)
        # Fewer are as well: somebody's coming may just have been told when it was counted before.
        await until(lambda: not Counter(counts_of(second).tasks) - Counter(before.tasks), 40)
        after = await asyncio.to_thread(counts_of, second)

    assert one(second, "SELECT count(*) FROM chat_reply") == asked
    assert rows(second, "SELECT id FROM chat_reply WHERE is_open OR lease_owner != ''") == []
    ended = dict(rows(second, "SELECT status, count(*) FROM chat_message WHERE attempt_number > 0 GROUP BY status"))
    assert set(ended) <= TERMINAL
    assert ended["complete"] >= 20
    assert Counter(statuses(cleo)) == ended
    assert one(second, "SELECT count(*) FROM chat_attempt WHERE status = 'streaming' OR ended_at IS NULL") == 0
    assert one(second, "SELECT count(*) FROM chat_usagerecord WHERE state = 'reserved'") == 0
    assert one(second, "SELECT max(takeovers) FROM chat_reply") >= 1
    texts = dict(rows(second, "SELECT id, text FROM chat_attempt"))
    assert [key for key, saved in witness.saved.items() if not texts[key].startswith(saved)] == []
    terminal = Counter(
        (frame["message"], frame["attempt"]) for frame in cleo.controls if frame["action"] in ("end", "error")
    )
    assert set(terminal.values()) == {1}
    assert after.sockets <= before.sockets + POOLED


def statuses(bot: Bot) -> list[str]:
    return [message["status"] for message in bot.messages.values() if message["author"]["kind"] == "assistant"]
