"""An answer read from its line, whatever it is written in."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import aclosing
from typing import Protocol

import httpx

from chat.providers.events import Activity, ProviderEvent, Reasoning, Replace, Text, Tool
from chat.providers.exchange import await_end, receive
from chat.providers.timers import Timers
from chat.providers.trouble import Trouble

Rest = Callable[[], Awaitable[None]]
_PROGRESS = Text | Reasoning | Replace | Tool


class Answer(Protocol):
    """Fed until it is complete or the bytes end; either may raise Trouble. ``remains`` is what it held back."""

    @property
    def step_count(self) -> int:
        """Steps a workflow has taken: it may run long before its first word."""

    @property
    def has_finished(self) -> bool: ...

    @property
    def is_complete(self) -> bool: ...

    def feed(self, received: bytes) -> Iterator[ProviderEvent]: ...

    def end(self) -> Iterator[ProviderEvent]: ...

    def remains(self) -> Iterator[ProviderEvent]: ...


async def told(
    response: httpx.Response, answer: Answer, timers: Timers, rest: Rest | None = None
) -> AsyncGenerator[ProviderEvent, None]:
    """Everything the answer says, to its end; what was held back comes before the trouble, too.

    ``rest`` as in :class:`chat.providers.base.ChatRequest`.

    :raises Trouble:
    """
    try:
        async with aclosing(_read(response, answer, timers, rest)) as events:
            async for event in events:
                yield event
        for event in answer.end():
            yield event
    except Trouble as trouble:
        for event in answer.remains():
            yield event
        raise trouble from trouble.__cause__


async def _read(
    response: httpx.Response, answer: Answer, timers: Timers, rest: Rest | None
) -> AsyncGenerator[ProviderEvent, None]:
    async with aclosing(receive(response, timers)) as body:
        async for received in body:
            step_count, is_quiet, has_told = answer.step_count, True, False
            for event in answer.feed(received):
                is_quiet = False
                yield event
                has_told = has_told or isinstance(event, _PROGRESS)
            if has_told or answer.step_count > step_count:
                timers.progressed()
            if answer.has_finished:
                timers.finished()
            if answer.is_complete:
                await await_end(body)
                return
            if is_quiet:
                yield Activity()
            if has_told and rest is not None and not answer.has_finished:
                await rest()
