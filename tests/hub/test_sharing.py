"""One answer for all who ask the same at once."""

from __future__ import annotations

import asyncio

import pytest

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
    fourth = await soon(shared, "where?")
    for _ in range(20):
        await asyncio.sleep(0)
    assert fourth.done()  # nobody was before them: they do not wait
    assert await fourth == 3


async def test_who_leaves_takes_no_answer_from_those_who_share_it() -> None:
    oracle = Oracle()
    shared = Shared(oracle.answer)
    leaving = await soon(shared, "where?")
    staying = [await soon(shared, "where?") for _ in range(2)]

    leaving.cancel()
    staying[0].cancel()
    oracle.may_answer.set()

    assert await staying[1] == 2


async def test_an_answer_that_failed_fails_only_for_those_who_waited_for_it() -> None:
    async def answer(question: str) -> int:
        answers.append(question)
        await asyncio.sleep(0.02)
        return 1 // (len(answers) - 1)

    answers: list[str] = []
    shared = Shared(answer)
    first, second = await soon(shared, "where?"), await soon(shared, "where?")

    with pytest.raises(ZeroDivisionError):
        await first
    assert await second == 1
