"""Many rooms share a visit to a thread, and what goes wrong for one is no other's."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Mapping
from functools import partial
from typing import Any

import pytest

from chat.replies.rendering import VISITS, Rendering

Growths = list[Mapping[str, Any]]


class Work:
    """Notes on which thread it was done; does not end before it may."""

    def __init__(self, may_end: threading.Event | None = None) -> None:
        self.may_end = may_end
        self.has_begun = threading.Event()
        self.has_ended = threading.Event()

    def __call__(self) -> Growths:
        self.has_begun.set()
        assert self.may_end is None or self.may_end.wait(10)
        self.has_ended.set()
        return [{"thread": threading.get_ident()}]

    def end(self) -> None:
        """And wait until the loop has been told; it blocks."""
        assert self.may_end is not None
        self.may_end.set()
        assert self.has_ended.wait(10)
        time.sleep(0.05)


def saying(name: str) -> Growths:
    return [{"name": name}]


def broken() -> Growths:
    raise ValueError("this one")


async def test_everybody_gets_their_own_and_nothing_is_rendered_on_the_loop() -> None:
    rendering = Rendering()

    found = await asyncio.gather(*(rendering.rendered(partial(saying, name)) for name in "abc"))

    assert found == [saying("a"), saying("b"), saying("c")]
    assert not await is_on_the_loop(rendering, is_light=False)


async def test_what_is_light_is_rendered_where_it_is_unless_it_is_to_be_kept() -> None:
    assert await is_on_the_loop(Rendering(), is_light=True)
    assert not await is_on_the_loop(Rendering(lambda growths: None), is_light=True)


async def is_on_the_loop(rendering: Rendering, *, is_light: bool) -> bool:
    [where] = await rendering.rendered(Work(), is_light=is_light)
    return bool(where["thread"] == threading.get_ident())


async def test_what_is_rendered_in_one_visit_is_kept_together_before_anybody_has_it() -> None:
    kept: list[Growths] = []
    rendering = Rendering(kept.append)

    await asyncio.gather(*(rendering.rendered(partial(saying, name)) for name in "abc"), return_exceptions=True)

    assert [growth["name"] for growths in kept for growth in growths] == ["a", "b", "c"]
    assert len(kept) < 3


async def test_what_cannot_be_kept_is_told_all_the_same() -> None:
    def fail(_: Growths) -> None:
        raise OSError("no room")

    assert await Rendering(fail).rendered(partial(saying, "a")) == saying("a")


async def test_who_asks_for_more_in_the_moment_in_which_all_visits_end_is_not_left_waiting() -> None:
    rendering, works = Rendering(), [Work(threading.Event()) for _ in range(VISITS)]

    async def twice(work: Work) -> Growths:
        await rendering.rendered(work)
        return await rendering.rendered(partial(saying, "more"))

    async with asyncio.timeout(10):
        first = asyncio.create_task(twice(works[0]))
        await until_begun(works[0])
        others = []
        for work in works[1:]:
            others.append(asyncio.create_task(rendering.rendered(work)))
            await until_begun(work)
        for work in works:  # nothing else happens on the loop meanwhile
            work.end()

        assert await first == saying("more")
        await asyncio.gather(*others)


async def until_begun(work: Work) -> None:
    assert await asyncio.to_thread(work.has_begun.wait, 10)


async def test_what_breaks_breaks_for_whom_it_concerns() -> None:
    rendering = Rendering()

    good, bad = await asyncio.gather(rendering.rendered(Work()), rendering.rendered(broken), return_exceptions=True)

    assert isinstance(good, list)
    assert isinstance(bad, ValueError)


async def test_a_slow_text_does_not_hold_up_who_comes_after_it() -> None:
    rendering, may_end = Rendering(), threading.Event()
    slow = Work(may_end)
    held = asyncio.create_task(rendering.rendered(slow))
    assert await asyncio.to_thread(slow.has_begun.wait, 10)

    assert len(await rendering.rendered(Work())) == 1
    assert not held.done()
    may_end.set()
    assert len(await held) == 1


async def test_what_waits_while_all_visits_are_made_is_done_in_one() -> None:
    rendering, may_end = Rendering(), threading.Event()
    slow = [Work(may_end) for _ in range(VISITS)]
    held = []
    for work in slow:
        held.append(asyncio.create_task(rendering.rendered(work)))
        assert await asyncio.to_thread(work.has_begun.wait, 10)
    waiting = [asyncio.create_task(rendering.rendered(Work())) for _ in range(20)]
    await asyncio.sleep(0)

    may_end.set()
    threads = {growths[0]["thread"] for growths in await asyncio.gather(*waiting)}

    assert len(threads) == 1
    await asyncio.gather(*held)


async def test_who_no_longer_waits_disturbs_nobody() -> None:
    rendering, may_end = Rendering(), threading.Event()
    slow = Work(may_end)
    gone = asyncio.create_task(rendering.rendered(slow))
    assert await asyncio.to_thread(slow.has_begun.wait, 10)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone

    may_end.set()

    assert len(await rendering.rendered(Work())) == 1
