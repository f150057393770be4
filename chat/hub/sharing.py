"""One answer for everybody who asks the same at once: when a server comes back, a room full of pages does."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

Question = TypeVar("Question", bound=Hashable)
Answer = TypeVar("Answer")


class Shared(Generic[Question, Answer]):
    """Whoever asks while an answer is sought waits for the next one, which sees all that was so before they asked.

    :param pause: in seconds; so long that next one waits for more who will share it.
    """

    def __init__(self, answer: Callable[[Question], Coroutine[Any, Any, Answer]], pause: float = 0.0) -> None:
        self._answer, self._pause = answer, pause
        self._running: dict[Question, asyncio.Task[Answer]] = {}
        self._next: dict[Question, asyncio.Task[Answer]] = {}

    def is_awaited(self, question: Question) -> bool:
        """Somebody waits for it already: whoever else does costs nothing more."""
        return question in self._next

    async def ask(self, question: Question) -> Answer:
        if question not in self._next:
            # A fresh context and a task of its own: the first who asked may leave, the others still wait.
            work = self._work(question, after=self._running.get(question))
            self._next[question] = asyncio.get_running_loop().create_task(work, context=contextvars.Context())
        return await asyncio.shield(self._next[question])

    async def _work(self, question: Question, after: asyncio.Task[Answer] | None) -> Answer:
        if after is not None:
            await asyncio.wait({after})
            await asyncio.sleep(self._pause)
        self._running[question] = self._next.pop(question)
        try:
            return await self._answer(question)
        finally:
            del self._running[question]
