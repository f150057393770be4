"""Whom a reply is asked of: the assistant it is meant for, and while no word has come, those who stand in for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import aclosing, suppress
from dataclasses import replace
from functools import partial
from typing import TypeVar

import structlog

from chat import usage
from chat.database import in_database
from chat.exceptions import ChatError
from chat.providers import (
    Activity,
    Cancelled,
    Done,
    Failed,
    FailureKind,
    ProviderEvent,
    Reasoning,
    Replace,
    Started,
    Text,
    Tool,
    Usage,
)
from chat.replies.briefing import Briefing, QuestionGone, brief
from chat.replies.ledger import Lease
from chat.replies.outcomes import Outcome, Told
from chat.replies.paying import pay
from chat.replies.preparing import Prepared
from chat.replies.standins import hand_on, next_stand_in

T = TypeVar("T")
log = structlog.get_logger(__name__)

_OPENS = (Text, Replace, Reasoning, Done, Cancelled)


class Asking:
    """The question of one attempt. Its events come as from one provider.

    Nothing is passed on until somebody begins to answer: so the same question can be asked with less history, or of
    another assistant, and nobody sees a trace of it but the note that says so.
    """

    def __init__(self, lease: Lease, rest: Callable[[], Awaitable[None]]) -> None:
        """``rest`` as in :class:`chat.providers.base.ChatRequest`."""
        self._lease = lease
        self._rest = rest
        self._first: Failed | None = None
        self._was_asked = self._has_given_up = False
        self._is_shortened = False
        self._started = Started()

    async def begin(self, preparing: Awaitable[Prepared]) -> Briefing:
        """:raises ValueError: :raises OverLimit: :raises AssistantsOff: :raises QuestionGone: as it does."""
        self._briefing, self._permit = await preparing
        self._asked = [self._briefing.assistant.pk]
        self._model = self._briefing.request.model
        return self._briefing

    async def events(self) -> AsyncGenerator[ProviderEvent, None]:
        """Exactly one terminal event, the last."""
        while True:
            opening = _Opening()
            request = replace(await self._briefing.whole_request(), rest=self._rest)
            self._was_asked = True
            async with aclosing(self._briefing.provider.stream(request)) as stream:
                async for event in stream:
                    for passed in opening.let(event):
                        self._note(passed)
                        yield passed
            if opening.failed is None:
                return
            if not await self._asks_on(opening.failed, opening.counted):
                break
            yield Started(model=self._briefing.request.model)
        self._has_given_up = self._first is not None
        yield Started(model=self._model)
        yield opening.counted
        yield self._first or opening.failed

    def completed(self, outcome: Outcome) -> Outcome:
        """With what only the back end can tell, whether it was asked, and whether all who stand in failed too."""
        conversation, remembered = self._briefing.request.conversation, self._started.conversation_id
        room = self._briefing.reply.prompt.room
        told = Told(self._briefing.assistant.pk, remembered, room.revision) if conversation and remembered else None
        return replace(
            outcome,
            remote_id=self._started.request_id,
            told=told,
            has_given_up=self._has_given_up,
            was_asked=self._was_asked,
        )

    async def _asks_on(self, failed: Failed, counted: Usage) -> bool:
        """Whether there is something else to try; then it is prepared."""
        if failed.kind is FailureKind.CONTEXT and not self._is_shortened:
            self._is_shortened = True
            return await _unbroken(self._shorten)
        if failed.retryable or failed.kind.is_its_own:  # also where it says that itself it is not to be asked again
            self._first = self._first or failed
            return await _unbroken(partial(self._hand_on, counted))
        return False

    def _shorten(self) -> bool:
        """With half of what was said, if the question is not all of it. Blocks."""
        before = self._briefing
        try:
            self._briefing = brief(self._lease, asked=before.assistant.pk, most_tokens=before.half)
        except QuestionGone:
            return False
        return self._briefing.tokens < before.tokens

    def _hand_on(self, counted: Usage) -> bool:
        """To the next in the chain that may be asked now. An answer without a word may have cost something. Blocks."""
        assert self._first is not None
        usage.conclude(
            self._permit, prompt_tokens=counted.prompt, completion_tokens=counted.completion, cost=counted.cost
        )
        while (stand_in := next_stand_in(self._asked, self._lease.room_id)) is not None:
            self._asked.append(stand_in)
            if self._is_ready(stand_in) and self._is_handed_on(self._first.kind):
                log.info("reply_handed_on", reply=self._lease.reply_id, to=self._briefing.assistant.slug)
                return True
        return False

    def _is_handed_on(self, why: FailureKind) -> bool:
        is_done = False
        try:
            is_done = hand_on(self._lease, self._briefing.assistant, why)
        finally:
            if not is_done:
                usage.release(self._permit)
        return is_done

    def _is_ready(self, stand_in: int) -> bool:
        try:
            briefing = brief(self._lease, asked=stand_in)
            self._permit = pay(self._lease, briefing)
        except (ValueError, ChatError, QuestionGone):  # its provider does not exist, or it may use no more
            return False
        self._briefing, self._is_shortened = briefing, False
        return True

    def _note(self, event: ProviderEvent) -> None:
        if isinstance(event, Started):
            self._started = Started(
                request_id=event.request_id or self._started.request_id,
                conversation_id=event.conversation_id or self._started.conversation_id,
            )


class _Opening:
    """Holds back what is worth nothing without an answer; opens with the answer's first sign, and stays open."""

    def __init__(self) -> None:
        self.failed: Failed | None = None
        self._is_open = False
        self._held: list[ProviderEvent] = []

    @property
    def counted(self) -> Usage:
        """What was used without an answer."""
        return next((event for event in reversed(self._held) if isinstance(event, Usage)), Usage())

    def let(self, event: ProviderEvent) -> Iterator[ProviderEvent]:
        if not self._is_open and isinstance(event, Failed):
            self.failed = event
            return
        self._is_open = self._is_open or isinstance(event, _OPENS)
        if self._is_open:
            yield from self._held
            self._held.clear()
            yield event
        elif not isinstance(event, Activity | Tool):
            self._held.append(event)


async def _unbroken(work: Callable[[], T]) -> T:
    """What has begun on the database thread is waited for, even by whoever is told to stop, however often: it may have
    set something aside that the end of the attempt gives back."""
    task = asyncio.ensure_future(in_database(work))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        while not task.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait({task})
        raise
