"""Trying again, as long as nothing was shown; and whatever happens, exactly one terminal event."""

from __future__ import annotations

import asyncio
import logging
import random
import traceback
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from typing import Protocol

from chat.providers.errors import FailureKind
from chat.providers.events import (
    Activity,
    Cancelled,
    Done,
    Failed,
    Notice,
    ProviderEvent,
    Reasoning,
    Replace,
    Text,
    Tool,
    Usage,
)
from chat.providers.guard import BackendGuard
from chat.providers.redaction import Redactor
from chat.providers.timers import Timers
from chat.providers.trouble import Trouble

LONGEST_HINTED_WAIT_SECONDS = 60.0
_log = logging.getLogger(__name__)


class Attempts(Protocol):
    """What is tried: ``once`` ends with Done or raises Trouble; ``adapt`` says whether a changed request may pass."""

    def once(self) -> AsyncGenerator[ProviderEvent, None]: ...

    def adapt(self, trouble: Trouble) -> bool: ...


async def persist(
    attempts: Attempts, *, guard: BackendGuard, timers: Timers, redact: Redactor
) -> AsyncGenerator[ProviderEvent, None]:
    tries, spent = Tries(), Usage()
    while True:
        gate = Gate(spent)
        try:
            guard.check()
            timers.begin_try()
            async with aclosing(attempts.once()) as events:
                async for event in events:
                    for passed in gate.let(event):
                        yield passed
            guard.succeeded()
            return
        except Trouble as caught:
            trouble = caught
        except Exception:  # noqa: BLE001 - whoever reads a stream is promised an end, not an exception
            _log.error("A provider broke:\n%s", _redacted_traceback(redact))
            trouble = Trouble(FailureKind.PROTOCOL, "An error of our own; see the log.", tries_again=0)
        guard.failed(trouble.kind)
        spent = gate.spent
        if gate.is_open or not await _may_try_again(trouble, attempts, tries, guard, timers):
            break
    for event in gate.remains():
        yield event
    yield _failed(trouble, guard, partial=gate.has_text, redact=redact)


class Tries:
    """Counts the tries of one reply, and says how long to wait before the next."""

    def __init__(self) -> None:
        self._again = 0
        self._waited_locally = 0

    def wait_before_next(self, trouble: Trouble) -> float | None:
        """Seconds; None if there is to be no next one."""
        if trouble.kind is FailureKind.BUSY:  # a queue of ours: held against nobody
            self._waited_locally += 1
            return _back_off(0) if self._waited_locally <= trouble.tries_again else None
        hinted = trouble.hint.after or 0.0
        if self._again >= trouble.tries_again or hinted > LONGEST_HINTED_WAIT_SECONDS:
            return None
        self._again += 1
        return max(hinted, _back_off(self._again - 1))


class Gate:
    """Holds back what a failed try must not leave behind; opens with the first thing to show, and stays open.

    ``spent`` is what the tries have used so far: an answer without a word is paid for, too.
    """

    def __init__(self, spent: Usage) -> None:
        self.is_open = False
        self.has_text = False
        self.spent = spent
        self._held: list[ProviderEvent] = []

    def let(self, event: ProviderEvent) -> Iterator[ProviderEvent]:
        if isinstance(event, Usage):
            event = self.spent = self.spent + event
        self.is_open = self.is_open or isinstance(event, Text | Replace | Reasoning | Done | Failed | Cancelled)
        self.has_text = self.has_text or isinstance(event, Text | Replace)
        if self.is_open:
            yield from self.rest()
            yield event
        elif isinstance(event, Activity | Tool):  # signs of life, of which there may be any number
            yield event
        else:
            self._held.append(event)

    def rest(self) -> Iterator[ProviderEvent]:
        held, self._held = self._held, []
        yield from held

    def remains(self) -> Iterator[ProviderEvent]:
        """Of tries that all failed, for the end: nothing about an answer, of which there is none."""
        yield from (event for event in self.rest() if not isinstance(event, Notice | Usage))
        if not self.is_open and self.spent != Usage():
            yield self.spent


async def _may_try_again(
    trouble: Trouble, attempts: Attempts, tries: Tries, guard: BackendGuard, timers: Timers
) -> bool:
    """Waits as long as it must, and no longer than there is time."""
    if guard.pause_left:
        return False
    if attempts.adapt(trouble):
        return timers.time_left > 0
    seconds = tries.wait_before_next(trouble)
    if seconds is None or seconds >= timers.time_left:
        return False
    await asyncio.sleep(seconds)
    return True


def _back_off(number: int) -> float:
    return min(0.5 * 2.0**number, 8.0) * (1 - 0.25 * random.random())


def _failed(trouble: Trouble, guard: BackendGuard, *, partial: bool, redact: Redactor) -> Failed:
    return Failed(
        kind=trouble.kind,
        message=redact(trouble.message),
        retryable=trouble.is_passing,
        retry_after=max(trouble.hint.after or 0.0, guard.pause_left) or None,
        status=trouble.status,
        partial=partial,
    )


def _redacted_traceback(redact: Redactor) -> str:
    return "\n".join(redact(line) for line in traceback.format_exc().splitlines())
