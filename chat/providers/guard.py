"""A back end that keeps failing is left alone for a while: one guard per process and base URL."""

from __future__ import annotations

import time
from collections.abc import Callable

from chat.providers.errors import FailureKind
from chat.providers.trouble import RetryHint, Trouble

FAILURES_IN_A_ROW = 5
SHORTEST_PAUSE_SECONDS = 15.0
LONGEST_PAUSE_SECONDS = 60.0

_COUNTED = frozenset({FailureKind.RATE_LIMIT, FailureKind.OVERLOADED, FailureKind.NETWORK})
_SAYS_NOTHING = frozenset({FailureKind.BUSY, FailureKind.TIMEOUT})  # of the back end's health


class BackendGuard:
    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures = 0
        self._pause = SHORTEST_PAUSE_SECONDS
        self._paused_until = 0.0
        self._kind = FailureKind.NETWORK

    @property
    def pause_left(self) -> float:
        return max(0.0, self._paused_until - self._clock())

    def check(self) -> None:
        """:raises Trouble: the back end is paused; told at once, without asking it."""
        if left := self.pause_left:
            message = f"Paused for {left:.0f} s more, after {self._failures} failures in a row."
            raise Trouble(self._kind, message, hint=RetryHint(after=left), tries_again=0)

    def succeeded(self) -> None:
        self._failures, self._pause = 0, SHORTEST_PAUSE_SECONDS

    def failed(self, kind: FailureKind) -> None:
        if kind in _SAYS_NOTHING or self.pause_left:  # late news of tries begun before the pause do not prolong it
            return
        if kind not in _COUNTED:  # it answered, so it is there
            self.succeeded()
            return
        self._failures, self._kind = self._failures + 1, kind
        if self._failures >= FAILURES_IN_A_ROW:
            self._paused_until = self._clock() + self._pause
            self._pause = min(self._pause * 2, LONGEST_PAUSE_SECONDS)


_guards: dict[str, BackendGuard] = {}


def guard_of(base_url: str) -> BackendGuard:
    return _guards.setdefault(base_url.rstrip("/"), BackendGuard())


def forget_failures() -> None:
    """Every back end gets a clean slate."""
    _guards.clear()
