"""A back end that keeps failing is left alone for a while, by this process: its line for all who use it, one of its
models for those who ask it under the same key."""

from __future__ import annotations

import time
from collections.abc import Callable

from chat.providers.base import Backend
from chat.providers.errors import FailureKind
from chat.providers.trouble import RetryHint, Trouble

FAILURES_IN_A_ROW = 5
SHORTEST_PAUSE_SECONDS = 15.0
LONGEST_PAUSE_SECONDS = 60.0

_OF_MODEL = frozenset({FailureKind.RATE_LIMIT, FailureKind.OVERLOADED})
_SAYS_NOTHING = frozenset({FailureKind.BUSY, FailureKind.TIMEOUT})  # of the back end's health
_MOST_KEPT = 1000


class Pause:
    """Comes after some failures in a row, and is longer each time until something succeeds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures = 0
        self._next_seconds = SHORTEST_PAUSE_SECONDS
        self._until = 0.0
        self._kind = FailureKind.NETWORK

    @property
    def left(self) -> float:
        return max(0.0, self._until - self._clock())

    def check(self) -> None:
        """:raises Trouble: it is paused; told at once, without asking the back end."""
        if left := self.left:
            message = f"Paused for {left:.0f} s more, after {FAILURES_IN_A_ROW} failures in a row."
            raise Trouble(self._kind, message, hint=RetryHint(after=left), tries_again=0)

    def succeeded(self) -> None:
        self._failures, self._next_seconds = 0, SHORTEST_PAUSE_SECONDS

    def failed(self, kind: FailureKind) -> None:
        if self.left:  # late news of tries begun before the pause do not prolong it
            return
        self._failures, self._kind = self._failures + 1, kind
        if self._failures >= FAILURES_IN_A_ROW:
            self._until = self._clock() + self._next_seconds
            self._next_seconds = min(self._next_seconds * 2, LONGEST_PAUSE_SECONDS)


class BackendGuard:
    """Who has too many requests under one key, or for one model, may well answer those for another."""

    def __init__(self, line: Pause, model: Pause) -> None:
        self._line, self._model = line, model

    @property
    def pause_left(self) -> float:
        return max(self._line.left, self._model.left)

    def check(self) -> None:
        """:raises Trouble: the back end, or this model of it, is paused."""
        self._line.check()
        self._model.check()

    def succeeded(self) -> None:
        self._line.succeeded()
        self._model.succeeded()

    def failed(self, kind: FailureKind) -> None:
        if kind is FailureKind.NETWORK:
            self._line.failed(kind)
        elif kind in _OF_MODEL:
            self._line.succeeded()  # it answered, so it is there
            self._model.failed(kind)
        elif kind not in _SAYS_NOTHING:
            self.succeeded()


_pauses: dict[tuple[object, ...], Pause] = {}


def guard_of(backend: Backend, model: str) -> BackendGuard:
    base_url = backend.base_url.rstrip("/")
    return BackendGuard(_pause_of(base_url), _pause_of(base_url, _account_of(backend), model))


def forget_failures() -> None:
    """Every back end gets a clean slate."""
    _pauses.clear()


def _pause_of(*whose: object) -> Pause:
    if whose not in _pauses and len(_pauses) >= _MOST_KEPT:
        _pauses.clear()
    return _pauses.setdefault(whose, Pause())


def _account_of(backend: Backend) -> int:
    """Whose limits they are: no key is kept here. Azure and others want theirs in a header, or in the query."""
    return hash((backend.key, *sorted(backend.headers.items()), *sorted(backend.query.items())))
