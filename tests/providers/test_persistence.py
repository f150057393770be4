from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest

from chat.providers import PLAIN_WORDS, FailureKind, Started, Text, Tool, Usage
from chat.providers.guard import BackendGuard, Pause
from chat.providers.hints import hint_from
from chat.providers.persistence import Gate, Tries
from chat.providers.trouble import RetryHint, Trouble

NOW = datetime(2026, 8, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "hint"),
    [
        ({}, RetryHint()),
        ({"Retry-After": "2"}, RetryHint(after=2)),
        ({"Retry-After": "1.5"}, RetryHint(after=1.5)),
        ({"Retry-After": "-1"}, RetryHint(after=0)),
        ({"Retry-After": "nan"}, RetryHint()),
        ({"Retry-After": "soon"}, RetryHint()),
        ({"Retry-After": "Sat, 01 Aug 2026 12:00:30 GMT"}, RetryHint(after=30)),
        ({"Retry-After": "Sat, 01 Aug 2026 11:00:00 GMT"}, RetryHint(after=0)),
        ({"Retry-After": "9", "Retry-After-Ms": "250"}, RetryHint(after=0.25)),
        ({"X-Should-Retry": "true"}, RetryHint(allowed=True)),
        ({"X-Should-Retry": "False"}, RetryHint(allowed=False)),
        ({"X-Should-Retry": "maybe"}, RetryHint()),
    ],
)
def test_headers_say_whether_and_when(headers: dict[str, str], hint: RetryHint) -> None:
    assert hint_from(httpx.Headers(headers), now=NOW) == hint


@pytest.mark.parametrize(
    ("kind", "count"),
    [
        ("rate_limit", 2),
        ("overloaded", 2),
        ("server", 2),
        ("network", 2),
        ("empty", 1),
        ("busy", 3),
        ("auth", 0),
        ("quota", 0),
        ("timeout", 0),
        ("config", 0),
        ("content_filter", 0),
        ("truncated", 0),
        ("protocol", 0),
    ],
)
def test_each_kind_is_tried_again_as_often_as_it_helps(kind: str, count: int) -> None:
    tries, trouble = Tries(), Trouble(FailureKind(kind), "no")

    waits = [tries.wait_before_next(trouble) for _ in range(5)]

    assert [wait is not None for wait in waits] == [True] * count + [False] * (5 - count)


def test_waits_double_and_waiting_for_ourselves_does_not_count() -> None:
    tries, broken = Tries(), Trouble(FailureKind.SERVER, "no")
    tries.wait_before_next(Trouble(FailureKind.BUSY, "no"))

    first, second, third = (tries.wait_before_next(broken) for _ in range(3))

    assert first is not None
    assert second is not None
    assert 0.375 <= first <= 0.5
    assert 0.75 <= second <= 1
    assert third is None


@pytest.mark.parametrize(("after", "wait"), [(2.0, 2.0), (60.0, 60.0), (60.5, None)])
def test_a_hint_is_kept_to_or_left_to_the_caller(after: float, wait: float | None) -> None:
    assert Tries().wait_before_next(Trouble(FailureKind.SERVER, "no", hint=RetryHint(after=after))) == wait


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_pause_is_longer_each_time_and_forgives_at_once() -> None:
    clock = Clock()
    pause = Pause(clock)
    pauses = []
    for _ in range(4):
        while not pause.left:
            pause.failed(FailureKind.NETWORK)
        pause.failed(FailureKind.NETWORK)  # late news
        pauses.append(pause.left)
        clock.now += pause.left

    pause.succeeded()
    for _ in range(4):
        pause.failed(FailureKind.OVERLOADED)

    assert pauses == [15, 30, 60, 60]
    assert pause.left == 0
    pause.check()


@pytest.mark.parametrize("kind", [FailureKind.NETWORK, FailureKind.RATE_LIMIT, FailureKind.OVERLOADED])
def test_only_failures_in_a_row_count(kind: FailureKind) -> None:
    guard = BackendGuard(Pause(Clock()), Pause(Clock()))
    for each in [kind] * 4 + [FailureKind.CONFIG] + [kind] * 4 + [FailureKind.BUSY]:
        guard.failed(each)

    assert guard.pause_left == 0

    guard.failed(kind)
    with pytest.raises(Trouble) as caught:
        guard.check()
    assert (caught.value.kind, caught.value.hint.after) == (kind, 15)


def test_whoever_answers_that_it_is_too_much_is_there() -> None:
    guard = BackendGuard(Pause(Clock()), Pause(Clock()))

    for kind in [FailureKind.NETWORK] * 4 + [FailureKind.RATE_LIMIT] + [FailureKind.NETWORK] * 4:
        guard.failed(kind)

    assert guard.pause_left == 0


def test_each_kind_has_its_plain_words() -> None:
    assert set(PLAIN_WORDS) == set(FailureKind)
    assert [words for words in PLAIN_WORDS.values() if not words.endswith(".")] == []


def test_calls_of_tools_are_passed_on_and_none_of_them_is_kept() -> None:
    gate = Gate(Usage())
    list(gate.let(Started("r-1")))

    called = sum(len(list(gate.let(Tool("search")))) for _ in range(200_000))

    assert called == 200_000
    assert list(gate.let(Text("so"))) == [Started("r-1"), Text("so")]
