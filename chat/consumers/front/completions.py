"""``POST /v1/chat/completions``: nothing is kept of it but what it cost. Here hanging up does stop the model."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from typing import Any

from chat import limits
from chat.access import Identity
from chat.consumers.eventstream import KEEP_ALIVE_SECONDS, EventStreamConsumer, dumps
from chat.consumers.front.answering import Answering, permitted, prepared, with_pauses
from chat.consumers.front.reading import Question, read
from chat.consumers.front.refusals import advice, envelope, no_answer, status_of
from chat.consumers.front.shapes import Shapes
from chat.database import in_database
from chat.exceptions import ChatError
from chat.hub import current_hub
from chat.providers import Done, Failed, Notice, ProviderEvent, Reasoning, Replace, Text
from chat.providers.thinking import CLOSE
from chat.services.completions import commission

BODY_LIMIT = 20 * 1024 * 1024  # pictures
LONG_BODY = 64 * 1024
NO_ROOM = 0  # the id of no row
DONE = b"data: [DONE]\n\n"


class FrontConsumer(EventStreamConsumer):
    bearer_only = True

    def envelope(self, error: ChatError) -> Mapping[str, Any]:
        return envelope(error)

    async def refuse(self, error: ChatError) -> None:
        if self.has_begun:
            await self.break_off(error)
        else:
            headers = {**self.headers_of(error), **advice(error)}
            await self.send_json(status_of(error), self.envelope(error), headers)

    async def break_off(self, error: ChatError) -> None:
        await self.data(self.envelope(error))
        await self.send_body(b"")

    async def data(self, content: Mapping[str, Any]) -> None:
        await self.send_body(f"data: {dumps(content)}\n\n".encode(), more_body=True)


class CompletionsConsumer(FrontConsumer):
    body_limit = BODY_LIMIT

    async def answer(self, body: bytes) -> None:
        doubts = current_hub().guests.doubts
        someone = await self.who_asks()
        with limits.ANSWERS.one_of(someone.user):
            question = await self._question(body)
            is_stream, includes_usage = question.is_stream, question.includes_usage
            asking = in_database(commission, by=someone.user, model=question.model, wish=question.wish)
            del body, question  # megabytes, where there are pictures
            answering = Answering(await prepared(await permitted(asking)))
            async with answered(answering, someone, doubts) as events:
                if is_stream:
                    await self._stream(answering, events, includes_usage=includes_usage)
                else:
                    await self._whole(answering, events)

    async def _question(self, body: bytes) -> Question:
        """A long one, with pictures, is read on a thread: the others are not to wait for it."""
        if len(body) <= LONG_BODY:
            return read(self.json_object(body))
        return await asyncio.to_thread(lambda: read(self.json_object(body)))

    async def _whole(self, answering: Answering, events: AsyncIterator[ProviderEvent | None]) -> None:
        reasoning: list[str] = []
        async for event in events:
            match event:
                case Reasoning(delta):
                    reasoning.append(delta)
                case Failed() | Notice():
                    raise no_answer(event)
                case Done(finish):
                    shapes = Shapes(answering.commission.assistant.slug)
                    told = shapes.completion(answering.text, "".join(reasoning), finish, answering.used())
                    await self.send_json(200, told)

    async def _stream(
        self, answering: Answering, events: AsyncIterator[ProviderEvent | None], *, includes_usage: bool
    ) -> None:
        """Its status waits for the first word, for a while: what fails at once is told as a failure."""
        stream = Stream(self, answering, includes_usage=includes_usage)
        async for event in events:
            match event:
                case None:
                    await stream.wait()
                case Text(delta):
                    await stream.say(content=delta)
                case Reasoning(delta):
                    await stream.think(delta)
                case Replace():
                    if await stream.replace(event):
                        return
                case Failed() | Notice():
                    raise no_answer(event)
                case Done(finish):
                    await stream.end(finish)


@asynccontextmanager
async def answered(
    answering: Answering, someone: Identity, doubts: int
) -> AsyncIterator[AsyncIterator[ProviderEvent | None]]:
    """What it says, None where it pauses. What was set aside is concluded in the end, whether anything began or not."""
    events = with_pauses(answering.events(), KEEP_ALIVE_SECONDS)
    try:
        async with while_welcome(someone, answering, doubts), aclosing(events):
            yield events
    finally:
        await answering.give_back()


@asynccontextmanager
async def while_welcome(someone: Identity, answering: Answering, doubts: int) -> AsyncIterator[None]:
    """What is within stops where they may ask no longer, as where they hang up.

    :raises ChatError: why.
    """
    loop, ticket = asyncio.get_running_loop(), someone.ticket_for(NO_ROOM)
    guest = None
    try:
        async with asyncio.timeout(None) as stay:
            with current_hub().guests.welcome(
                ticket,
                lambda: answering.commission.assistant.pk,
                lambda: stay.reschedule(loop.time()),
                doubts=doubts,
            ) as guest:
                yield
    except TimeoutError:
        if guest is None or guest.turned_away is None:
            raise
        raise guest.turned_away from None


class Stream:
    """The chunks of one answer."""

    def __init__(self, line: FrontConsumer, answering: Answering, *, includes_usage: bool) -> None:
        self._line = line
        self._answering = answering
        self._includes_usage = includes_usage
        self._shapes = Shapes("")
        self._told = ""
        self._has_told_thought = False

    async def wait(self) -> None:
        await self._begin()
        await self._line.keep_alive()

    async def say(self, **delta: str) -> None:
        await self._begin()
        self._told += delta.get("content", "")
        await self._line.data(self._chunk(**delta))

    async def think(self, thought: str) -> None:
        if not self._has_told_thought:
            await self.say(reasoning_content=thought)
        self._has_told_thought = False

    async def replace(self, by: Replace) -> bool:
        """Words that were sent cannot be taken back here: where they had to be, the answer ends. True if it did.

        The end of what were thoughts is marked, as the model did: clients know that, too.
        """
        whole = by.text
        if by.were_thoughts:
            await self.say(content=f"{CLOSE}\n\n")
            self._has_told_thought = True
            return False
        if whole.startswith(self._told):
            if rest := whole[len(self._told) :]:
                await self.say(content=rest)
            return False
        await self.end("content_filter")
        return True

    async def end(self, finish: str) -> None:
        await self._begin()
        await self._line.data(self._chunk(finish))
        if self._includes_usage:
            await self._line.data(self._shapes.usage_chunk(self._answering.used()))
        await self._line.send_body(DONE)

    async def _begin(self) -> None:
        if not self._line.has_begun:
            await self._line.begin_stream()
            await self._line.data(self._chunk(role="assistant", content=""))

    def _chunk(self, finish: str | None = None, /, **delta: str) -> dict[str, Any]:
        self._shapes.model = self._answering.commission.assistant.slug
        return self._shapes.chunk(finish, **delta)
