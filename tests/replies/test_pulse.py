"""When a room is told what its replies gained."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import pytest

from chat import events
from chat.replies.pulse import CLOSEST_SECONDS, PERIOD_SECONDS, READABLE, READING_SECONDS, Cut, Pulses, turn_after

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


@pytest.mark.parametrize("late_ms", range(1, 50, 7))
def test_who_was_late_once_is_in_time_again_within_four_beats_and_misses_none(late_ms: int) -> None:
    at = 1_000 * PERIOD_SECONDS + late_ms / 1000
    turns = [at := turn_after(at) for _ in range(6)]

    assert [int(at // PERIOD_SECONDS) for at in turns] == list(range(1_001, 1_007))
    assert all(at % PERIOD_SECONDS == pytest.approx(READING_SECONDS) for at in turns[4:])


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
