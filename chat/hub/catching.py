"""When the server comes back, everybody asks for the same changes at once: one query answers them all."""

from __future__ import annotations

from chat.catchup import CatchUp, catch_up
from chat.database import in_database
from chat.hub.following import Following
from chat.hub.sharing import Shared

CROWD_SECONDS = 0.05  # a thousand come within a second, and each answer takes as long as five of them do
Question = tuple[int, int]  # room, since


class Catching:
    def __init__(self, following: Following) -> None:
        self._following = following
        self._answers = Shared(self._answer, CROWD_SECONDS)

    async def catch_up(self, room_id: int, since: int) -> CatchUp:
        return await self._answers.ask((room_id, since))

    async def _answer(self, question: Question) -> CatchUp:
        answer = await in_database(catch_up, *question)
        await self._following.drop_ended(question[0])  # afterwards: of none that it shows as ended is said that it runs
        return answer
