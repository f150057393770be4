"""When the server comes back, everybody asks for the same changes at once: one query answers them all."""

from __future__ import annotations

import asyncio
import contextvars

from chat.catchup import CatchUp, catch_up
from chat.database import in_database
from chat.hub.following import Following

Question = tuple[int, int]  # room, since


class Catching:
    """Whoever asks while a query runs waits for the next one, which sees all that was committed before they asked."""

    def __init__(self, following: Following) -> None:
        self._following = following
        self._running: dict[Question, asyncio.Task[CatchUp]] = {}
        self._next: dict[Question, asyncio.Task[CatchUp]] = {}

    async def catch_up(self, room_id: int, since: int) -> CatchUp:
        question = room_id, since
        if question not in self._next:
            # A fresh context and a task of its own: the first who asked may leave, the others still wait.
            answer = self._answer(question, after=self._running.get(question))
            self._next[question] = asyncio.get_running_loop().create_task(answer, context=contextvars.Context())
        return await asyncio.shield(self._next[question])

    async def _answer(self, question: Question, after: asyncio.Task[CatchUp] | None) -> CatchUp:
        if after is not None:
            await asyncio.wait({after})
        self._running[question] = self._next.pop(question)
        try:
            await self._following.drop_ended(question[0])
            return await in_database(catch_up, *question)
        finally:
            del self._running[question]
