"""What was thought, as a checkpoint on its thread finds it while the loop goes on."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from chat.replies.thoughts import Thoughts

PIECES = 20_000


@pytest.fixture(autouse=True)
def _threads_take_turns_as_in_a_server() -> Iterator[None]:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(0.0005)
    yield
    sys.setswitchinterval(usual)


def test_what_is_told_and_its_number_are_of_one_moment() -> None:
    """Whoever comes late would else never be shown what lies between the two."""
    thoughts = Thoughts()

    with ThreadPoolExecutor(1) as checkpoint:
        seen = checkpoint.submit(read_until_all_are_cut, thoughts)
        for _ in range(PIECES):
            thoughts.add("a")
            thoughts.cut()

    assert [(length, sequence) for length, sequence in seen.result() if length != sequence] == []


def read_until_all_are_cut(thoughts: Thoughts) -> list[tuple[int, int]]:
    seen = []
    give_up_at = time.monotonic() + 20
    while thoughts.sequence < PIECES and time.monotonic() < give_up_at:
        text, sequence = thoughts.told
        seen.append((len(text), sequence))
    return seen


def test_what_begins_anew_was_not_told_yet() -> None:
    thoughts = Thoughts()
    thoughts.add("I think")
    thoughts.cut()

    thoughts.tell_anew()
    assert thoughts.told == ("", 1)

    thoughts.cut()
    assert thoughts.told == ("I think", 2)
