"""The clocks of one reply. Connecting, writing and waiting for a free connection are timed by the HTTP library."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import NamedTuple

from chat.providers.base import Timeouts

_PATIENCE_SECONDS = 15.0


class Deadline(NamedTuple):
    at: float
    message: str
    tries_again: int = 0


class Timers:
    """Three clocks run while we wait for bytes:

    *idle* starts anew with each byte; *progress* only with something to show, because overloaded servers send
    keep-alives for half an hour; *total* never. Time the reader of the stream spends elsewhere is not held against
    the server, except in *total*. Until the first byte of an answer there is as much time as for its headers: some
    servers send those at once, and load their model then. From there to the first thing to show *idle* is at least as
    long, too: some models think in silence.
    """

    def __init__(self, timeouts: Timeouts) -> None:
        self._timeouts = timeouts
        self.now = asyncio.get_running_loop().time
        self._total_at = self.now() + timeouts.total
        self.begin_try()

    def begin_try(self) -> None:
        self._quiet = 0.0
        self._begins_by: float | None = None  # until the first byte has come
        self._idle = self._timeouts.idle
        self._finished_at: float | None = None

    @property
    def time_left(self) -> float:
        return self._total_at - self.now()

    @property
    def has_finished(self) -> bool:
        return self._finished_at is not None

    @property
    def may_go_on(self) -> bool:
        """Whether what has come already may be read without a look at the other clocks: nobody waits for it."""
        return self._finished_at is None and self.now() < self._total_at

    def heard(self) -> None:
        """The wait for the first byte is no lack of progress: there was a limit of its own."""
        if self._begins_by is not None:
            self._begins_by, self._quiet = None, 0.0
            self._idle = max(self._timeouts.idle, self._timeouts.headers)

    def waited(self, seconds: float) -> None:
        self._quiet += seconds

    def progressed(self) -> None:
        self._quiet = 0.0
        self._idle = self._timeouts.idle

    def finished(self) -> None:
        """The model is done: only its accounts may follow, and they do not get long."""
        if self._finished_at is None:
            self._finished_at = self.now()

    def headers_deadline(self) -> Deadline:
        self._begins_by, self._idle = self.now() + self._timeouts.headers, self._timeouts.idle
        return self._soonest(self._beginning(self._begins_by))

    def next_deadline(self) -> Deadline:
        """Asked before each read: the words are only chosen for the one that counts."""
        now, limits = self.now(), self._timeouts
        idle_at, progress_at = now + self._idle, now + limits.progress - self._quiet
        if self._begins_by is not None and self._begins_by >= idle_at:
            return self._soonest(self._beginning(self._begins_by))
        if idle_at <= progress_at:
            soonest = Deadline(idle_at, f"Nothing came for {self._idle:g} s.")
        else:
            soonest = Deadline(progress_at, f"No progress for {limits.progress:g} s.")
        if self._finished_at is None:
            return soonest if soonest.at <= self._total_at else self._soonest(soonest)
        return self._soonest(soonest, Deadline(self._finished_at + limits.after_finish, "The stream was not closed."))

    def _beginning(self, at: float) -> Deadline:
        words = f"No answer began within {self._timeouts.headers:g} s."
        return Deadline(at, words, tries_again=int(self._timeouts.begins_again))

    def _soonest(self, *deadlines: Deadline) -> Deadline:
        total = Deadline(self._total_at, f"Not finished within {self._timeouts.total:g} s.")
        return min(*deadlines, total, key=lambda deadline: deadline.at)


def impatient(limits: Timeouts) -> Timeouts:
    """For the small calls beside a reply, on which no model has to think."""
    return replace(limits, headers=min(limits.headers, _PATIENCE_SECONDS), total=min(limits.total, _PATIENCE_SECONDS))
