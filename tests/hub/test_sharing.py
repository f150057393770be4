"""One answer for all who ask the same at once."""

from __future__ import annotations

import asyncio

from chat.hub.sharing import Shared


class Oracle:
    def __init__(self) -> None:
        self.asked: list[str] = []
        self.may_answer = asyncio.Event()

    async def answer(self, question: str) -> int:
        self.asked.append(question)
        await self.may_answer.wait()
        return len(self.asked)


async def soon(shared: Shared[str, int], question: str) -> asyncio.Task[int]:
    asking = asyncio.ensure_future(shared.ask(question))
    await asyncio.sleep(0.01)
    return asking


async def test_who_asks_meanwhile_shares_the_next_answer() -> None:
    oracle = Oracle()
    shared = Shared(oracle.answer)
    first = await soon(shared, "where?")
    others = [await soon(shared, "where?") for _ in range(3)]
    another = await soon(shared, "when?")
    oracle.may_answer.set()

    assert await first == 2  # as of when it was answered
    assert await asyncio.gather(*others) == [3, 3, 3]
    assert await another == 2
    assert oracle.asked == ["where?", "when?", "where?"]


async def test_the_next_answer_waits_for_more_who_will_share_it() -> None:
    oracle = Oracle()
    shared = Shared(oracle.answer, pause=0.3)
    first = await soon(shared, "where?")
    second = await soon(shared, "where?")
    oracle.may_answer.set()
    await first
    third = await soon(shared, "where?")

    assert not second.done()
    assert (await second, await third) == (2, 2)
    assert await shared.ask("where?") == 3  # nobody was before them: they do not wait
