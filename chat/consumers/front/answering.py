"""One answer from a back end for one client: counted, stood in for if need be, and ended when the client goes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import aclosing, suppress
from functools import partial
from typing import Any, TypeVar, cast

from chat import usage
from chat.database import in_database
from chat.exceptions import ChatError
from chat.providers import Done, Failed, File, ProviderEvent, Reasoning, Replace, Text, Usage
from chat.replies.pictures import apart
from chat.replies.tokens import tokens_in
from chat.services.completions import Commission, fit, stand_in

T = TypeVar("T")
C = TypeVar("C", Commission, Commission | None)


class Answering:
    """``events`` once; afterwards it knows what was used. ``commission`` is whoever answers at last."""

    def __init__(self, commission: Commission) -> None:
        self.commission = commission
        self.text = ""
        self._reported: Usage | None = None
        self._reasoning = 0
        self._is_concluded = False

    async def events(self) -> AsyncGenerator[ProviderEvent, None]:
        """What the back end says, up to its one terminal event. What it cost is in the books before that is told.

        Where all who stand in fail too, the first failure is told.
        """
        first: Failed | None = None
        while True:
            terminal: ProviderEvent | None = None
            try:
                async with aclosing(self.commission.provider.stream(self.commission.request)) as stream:
                    async for told in stream:
                        event = self._in_words(told)
                        self._note(event)
                        if isinstance(event, Done | Failed):
                            terminal = event
                        else:
                            yield event
            finally:
                await self._conclude(was_stopped=terminal is None)
            instead = await self._stand_in(terminal)
            if instead is None:
                end = first if isinstance(terminal, Failed) and first is not None else terminal
                if end is not None:
                    yield end
                return
            first = first or cast("Failed", terminal)
            self.commission, self._reported, self._is_concluded = instead, None, False

    async def give_back(self) -> None:
        """What was set aside, where nobody was asked: their client went before the first step."""
        if not self._is_concluded:
            await in_database(usage.release, self.commission.permit)

    def used(self) -> Usage:
        """As the back end counted, or as we estimate."""
        told = self._reported or Usage()
        prompt = self.commission.prompt_tokens if told.prompt is None else told.prompt
        completion = self._estimate() if told.completion is None else told.completion
        return Usage(
            prompt=prompt,
            completion=completion,
            total=prompt + completion,
            reasoning=told.reasoning,
            cached=told.cached,
            cost=told.cost,
        )

    def _in_words(self, event: ProviderEvent) -> ProviderEvent:
        """A file that the back end has made is a link here, too: OpenAI has no other place for it."""
        if isinstance(event, File):
            return Text(event.link if self.text else event.link.lstrip())
        return event

    def _note(self, event: ProviderEvent) -> None:
        match event:
            case Text(delta):
                self.text += delta
            case Replace(whole):
                self.text = whole
            case Reasoning(delta):
                self._reasoning += len(delta)
            case Usage():
                self._reported = event

    async def _stand_in(self, terminal: ProviderEvent | None) -> Commission | None:
        if not isinstance(terminal, Failed) or self.text or self._reasoning or terminal.partial:
            return None
        if not terminal.retryable and not terminal.kind.is_its_own:
            return None
        return await permitted(in_database(stand_in, self.commission))

    async def _conclude(self, *, was_stopped: bool) -> None:
        """To its end, also for a client that goes meanwhile."""
        self._is_concluded = True
        told = self._reported or Usage()
        concluding = in_database(
            usage.conclude,
            self.commission.permit,
            prompt_tokens=told.prompt,
            completion_tokens=told.completion,
            cost=told.cost,
            written_tokens=self._estimate(),
            was_stopped=was_stopped,
        )
        await asyncio.shield(asyncio.ensure_future(concluding))

    def _estimate(self) -> int:
        return tokens_in(self.text) + self._reasoning // 4


async def permitted(asking: Coroutine[Any, Any, C]) -> C:
    """What is reserved while the client goes is given back: nobody would."""
    asked = asyncio.ensure_future(asking)
    try:
        return await asyncio.shield(asked)
    except asyncio.CancelledError:
        with suppress(ChatError):
            if (commission := await asked) is not None:
                await in_database(usage.release, commission.permit)
        raise


async def prepared(commission: Commission) -> Commission:
    """With pictures that its model can open. What was reserved for ones that nobody can open is given back.

    :raises Invalid:
    """
    if not commission.wish.has_pictures:
        return commission
    try:
        return await apart(partial(fit, commission))
    except BaseException:
        await in_database(usage.release, commission.permit)
        raise


async def with_pauses(events: AsyncGenerator[T, None], seconds: float) -> AsyncGenerator[T | None, None]:
    """None where nothing has come for so long. Whoever stops reading ends it all."""
    upcoming: asyncio.Task[T] | None = None
    try:
        while True:
            upcoming = upcoming or asyncio.create_task(_next(events))
            done, _ = await asyncio.wait({upcoming}, timeout=seconds)
            if not done:
                yield None
                continue
            finished, upcoming = upcoming, None
            try:
                event = finished.result()
            except StopAsyncIteration:
                return
            yield event
    finally:
        if upcoming is not None:
            upcoming.cancel()
            await asyncio.wait({upcoming})
        await events.aclose()


async def _next(events: AsyncGenerator[T, None]) -> T:
    return await anext(events)
