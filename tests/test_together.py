"""What many ask of the database at once is asked of it in one go."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence

import pytest
from django.db import OperationalError
from structlog.testing import capture_logs

from chat.database import Together


class Desk:
    """Answers numbers with their doubles, once it may; and keeps what it was asked at a time."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []
        self.has_come = threading.Event()
        self.may_go = threading.Event()

    def doubles(self, numbers: Sequence[int]) -> list[int | Exception]:
        self.asked.append(list(numbers))
        self.has_come.set()
        assert self.may_go.wait(60)
        return [2 * number if number else ValueError("nought") for number in numbers]

    async def come(self) -> None:
        assert await asyncio.to_thread(self.has_come.wait, 60)
        self.has_come.clear()


@pytest.fixture
def desk() -> Desk:
    return Desk()


def ask(together: Together[int, int], *numbers: int) -> list[asyncio.Future[int]]:
    return [asyncio.ensure_future(together.ask(number)) for number in numbers]


async def test_one_who_comes_alone_waits_for_nobody(desk: Desk) -> None:
    together = Together(desk.doubles, most=2)
    desk.may_go.set()

    assert [await together.ask(number) for number in (1, 2)] == [2, 4]
    assert desk.asked == [[1], [2]]


async def test_who_comes_while_all_lanes_are_busy_is_asked_for_with_others(desk: Desk) -> None:
    together = Together(desk.doubles, most=3, lanes=2)
    first = ask(together, 1)
    await desk.come()
    second = ask(together, 2)
    await desk.come()
    others = ask(together, 3, 4, 5, 6)
    await asyncio.sleep(0)
    desk.may_go.set()

    assert await asyncio.gather(*first, *second, *others) == [2, 4, 6, 8, 10, 12]
    assert desk.asked[:2] == [[1], [2]]
    assert sorted(desk.asked[2:]) == [[3, 4, 5], [6]]


async def test_what_speaks_against_one_is_told_to_them_only(desk: Desk) -> None:
    together = Together(desk.doubles, most=9)
    first = ask(together, 1)
    await desk.come()
    rest = ask(together, 0, 2)
    await asyncio.sleep(0)
    desk.may_go.set()

    nought, two = await asyncio.gather(*rest, return_exceptions=True)

    assert isinstance(nought, ValueError)
    assert two == 4
    assert await asyncio.gather(*first) == [2]


async def test_after_a_failure_of_all_the_next_are_asked_for(desk: Desk) -> None:
    together = Together(breaking_at_three(desk, OperationalError("no connection")), most=9)
    desk.may_go.set()

    with pytest.raises(OperationalError):
        await together.ask(3)
    assert await together.ask(4) == 8


async def test_one_at_whom_all_breaks_harms_no_other(desk: Desk) -> None:
    together = Together(breaking_at_three(desk, ValueError("three")), most=9)
    first = ask(together, 1)
    await desk.come()
    rest = ask(together, 2, 3, 4)
    await asyncio.sleep(0)
    desk.may_go.set()

    with capture_logs() as logs:
        two, three, four = await asyncio.gather(*rest, return_exceptions=True)

    assert (await first[0], two, four) == (2, 4, 8)
    assert isinstance(three, ValueError)
    assert logs == [{"event": "asked_apart", "log_level": "warning", "reason": "ValueError"}]


def breaking_at_three(desk: Desk, error: Exception) -> Callable[[Sequence[int]], list[int | Exception]]:
    def doubles(numbers: Sequence[int]) -> list[int | Exception]:
        if 3 in numbers:
            raise error
        return desk.doubles(numbers)

    return doubles


async def test_who_leaves_holds_up_nobody_and_nothing_is_kept_of_it(desk: Desk) -> None:
    together = Together(desk.doubles, most=9)
    (first,) = ask(together, 1)
    await desk.come()
    gone, here = ask(together, 2, 3)
    await asyncio.sleep(0)
    first.cancel()
    gone.cancel()
    desk.may_go.set()

    assert await here == 6
    await asyncio.gather(*together._working)
    assert (together._lines, together._working) == ({}, set())
