"""When the server comes back, everybody asks for the same changes at once: one query answers them all."""

from __future__ import annotations

import asyncio
from weakref import WeakValueDictionary

from django.conf import settings

from chat.catchup import CatchUp, catch_up
from chat.database import in_database
from chat.hub.following import Following
from chat.hub.sharing import Shared

CROWD_SECONDS = 0.05  # a thousand come within a second, and each answer takes as long as five of them do
MOST_OF_ONE = 2  # are read and drawn at a time for one person: each takes a thread, and the interpreter, for 40 ms
Question = tuple[int, int]  # room, since


class Catching:
    def __init__(self, following: Following) -> None:
        self._following = following
        self._answers = Shared(self._answer, CROWD_SECONDS)
        self._turns: WeakValueDictionary[int, asyncio.Semaphore] = WeakValueDictionary()

    async def catch_up(self, room_id: int, since: int, *, asker: int) -> CatchUp:
        """Who asks much at once waits for their own turn, in order, and nobody else does."""
        if self._answers.is_awaited((room_id, since)) or not settings.RATE_LIMITS:
            return await self._answers.ask((room_id, since))
        turns = self._turns.setdefault(asker, asyncio.Semaphore(MOST_OF_ONE))  # kept as long as somebody has it
        async with turns:
            return await self._answers.ask((room_id, since))

    async def _answer(self, question: Question) -> CatchUp:
        answer = await in_database(catch_up, *question)
        await self._following.drop_ended(question[0])  # afterwards: of none that it shows as ended is said that it runs
        return answer
