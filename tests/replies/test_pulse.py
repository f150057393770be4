"""When a room is told what its replies gained."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import pytest

from chat import events
from chat.replies.beat import Beat
from chat.replies.pulse import CLOSEST_SECONDS, PERIOD_SECONDS, READABLE, Cut, Pulses, turn_after

ROOM = 7


class Growing:
    """A reply; what it says is in its announcement."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.words: list[str] = []

    def cut(self) -> Cut | None:
        words, self.words = self.words, []
        return Cut(" ".join(words)) if words else None

    def grow(self, cut: Cut) -> list[Mapping[str, Any]]:
        return [{"message": self.name, "content": cut.content}]


class Breaking(Growing):
    def grow(self, cut: Cut) -> list[Mapping[str, Any]]:
        raise ValueError("a text that breaks the renderer")


Told = list[tuple[float, list[str]]]


@pytest.fixture
async def told() -> Told:
    """When, and what: as a hub would hear it."""
    heard: Told = []

    def hear(event: Mapping[str, Any]) -> None:
        words = [f"{growth['message']}: {growth['content']}" for growth in event["growths"]]
        heard.append((time.monotonic(), words))

    events.publisher_of(asyncio.get_running_loop()).listener = hear
    return heard


async def test_all_replies_of_a_room_that_grow_in_one_moment_are_one_announcement(told: Told) -> None:
    room, ana, ben = Pulses().of(ROOM), Growing("a"), Growing("b")

    for reply in (ana, ben):
        reply.words.append("hello")
        room.grew(hash(reply), reply)
    await room.flush()

    assert [words for _, words in told] == [["a: hello", "b: hello"]]


async def test_one_that_cannot_be_rendered_keeps_no_other_from_being_told(told: Told) -> None:
    room, broken, ben = Pulses().of(ROOM), Breaking("a"), Growing("b")
    for reply in (broken, ben):
        reply.words.append("hello")
        room.grew(hash(reply), reply)

    await room.flush(ben)

    assert [words for _, words in told] == [["b: hello"]]


async def test_one_that_could_not_be_rendered_is_told_why_by_its_own_flush_once(told: Told) -> None:
    room, broken, ben = Pulses().of(ROOM), Breaking("a"), Growing("b")
    broken.words.append("hello")
    room.grew(1, broken)
    await room.flush(ben)

    with pytest.raises(ValueError, match="breaks the renderer"):
        await room.flush(broken)
    await room.flush(broken)

    assert told == []


class Full(ThreadPoolExecutor):
    def submit(self, *_: Any, **__: Any) -> Any:
        raise RuntimeError("can't start new thread")


async def test_a_reply_for_which_there_is_no_thread_is_told_so_and_does_not_wait_for_ever(told: Told) -> None:
    loop = asyncio.get_running_loop()
    loop.set_default_executor(Full())
    room, ana = Pulses().of(ROOM), Growing("a")
    ana.words.append("hello")
    room.grew(1, ana)

    async with asyncio.timeout(10):
        with pytest.raises(RuntimeError, match="new thread"):
            await room.flush(ana)

        loop.set_default_executor(ThreadPoolExecutor(1))
        ana.words.append("there")
        room.grew(1, ana)
        await room.flush(ana)
    assert [words for _, words in told] == [["a: there"]]


async def test_a_room_is_told_once_in_a_beat(told: Told) -> None:
    room, reply = Pulses().of(ROOM), Growing("a")
    begun = time.monotonic()

    for number in range(40):
        reply.words.append(str(number))
        room.grew(1, reply)
        await asyncio.sleep(0.007)
    await room.flush()

    times = [at for at, _ in told]
    assert len(times) <= (times[-1] - begun) // PERIOD_SECONDS + 2  # it begins and ends within a beat
    assert min(later - earlier for earlier, later in pairwise(times)) >= CLOSEST_SECONDS * 0.99
    assert " ".join(word.removeprefix("a: ") for _, words in told for word in words).split() == [
        str(number) for number in range(40)
    ]


async def test_what_nobody_can_read_as_fast_is_told_half_as_often(told: Told) -> None:
    room, reply = Pulses().of(ROOM), Growing("a")
    begun = time.monotonic()

    for _ in range(40):
        reply.words.append("x" * READABLE)
        reply.words.append("x")
        room.grew(1, reply)
        await asyncio.sleep(0.01)
    await room.flush()

    assert len(told) <= (told[-1][0] - begun) // (2 * PERIOD_SECONDS) + 2
    assert sum(words.count("x") for _, announced in told for words in announced) == 40 * (READABLE + 1)


@pytest.mark.parametrize("late_ms", range(0, 50, 7))
def test_who_was_late_once_is_in_time_again_within_four_beats_and_misses_none(late_ms: int) -> None:
    told = [1_000 * PERIOD_SECONDS + late_ms / 1000]
    for beat in range(1_000, 1_006):
        turn = turn_after(beat, told[-1])
        told.append(max(turn.beat * PERIOD_SECONDS, turn.earliest))

    assert [int(at / PERIOD_SECONDS + 1e-6) for at in told] == list(range(1_000, 1_007))
    assert told[5:] == [1_005 * PERIOD_SECONDS, 1_006 * PERIOD_SECONDS]


async def test_a_room_has_one_pulse_as_long_as_somebody_holds_it() -> None:
    pulses = Pulses()
    first = pulses.of(ROOM)

    assert pulses.of(ROOM) is first
    assert pulses.of(ROOM + 1) is not first


async def test_who_rests_wakes_with_a_beat_also_beside_one_who_is_stopped() -> None:
    room = Pulses().of(ROOM)
    before = time.monotonic() // PERIOD_SECONDS
    stopped, *others = [asyncio.create_task(room.rest()) for _ in range(3)]
    await asyncio.sleep(0)

    stopped.cancel()
    await asyncio.gather(*others)

    assert time.monotonic() // PERIOD_SECONDS > before
    assert stopped.cancelled()


async def test_who_comes_to_rest_in_the_next_beat_wakes_again() -> None:
    room = Pulses().of(ROOM)
    await room.rest()
    before = time.monotonic() // PERIOD_SECONDS

    await room.rest()

    assert time.monotonic() // PERIOD_SECONDS > before


async def test_whose_turn_it_is_comes_behind_all_who_read_in_that_beat() -> None:
    beat, order = Beat(PERIOD_SECONDS), list[str]()

    async def tell() -> None:
        await beat.turn(beat.number + 1)
        order.append("told")

    async def read(name: str) -> None:
        await beat.rest()
        await asyncio.sleep(0)  # what has come is taken from its line
        order.append(name)

    await asyncio.gather(read("a"), tell(), read("b"))

    assert order == ["a", "b", "told"]


async def test_a_turn_that_has_come_is_not_waited_for() -> None:
    beat = Beat(PERIOD_SECONDS)
    turn = asyncio.create_task(beat.turn(beat.number))

    await asyncio.sleep(0)

    assert turn.done()


async def test_no_beat_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    beat, loop = Beat(PERIOD_SECONDS), asyncio.get_running_loop()
    delays, later = list[float](), loop.call_later

    def noted(delay: float, *call: Any) -> asyncio.TimerHandle:
        delays.append(delay)
        return later(delay, *call)

    monkeypatch.setattr(loop, "call_later", noted)
    for _ in range(3):
        await beat.rest()

    assert max(delays) <= PERIOD_SECONDS * 1.1  # of which a timer may have been early


async def test_a_beat_whose_timer_was_early_does_not_come_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """As timers of whole milliseconds are."""
    beat, loop = Beat(PERIOD_SECONDS), asyncio.get_running_loop()
    later = loop.call_later
    monkeypatch.setattr(loop, "call_later", lambda delay, *call: later(max(0, delay - 0.004), *call))

    for _ in range(3):
        before = beat.number
        await beat.rest()
        assert beat.number > before
