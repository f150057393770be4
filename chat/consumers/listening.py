"""A reply read as it grows, for one who waits for it, whatever happens to the server that writes it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from chat.access import SignedOut
from chat.database import in_database
from chat.exceptions import NotFound, NotSignedIn
from chat.hub.following import Following
from chat.hub.waiting import Waiter
from chat.replies.endings import Ending, ending_of

PATIENCE_SECONDS = 3600.0  # no reply takes so long: the waiter is woken by its end, or by the look at the rows


@dataclass(frozen=True, slots=True)
class Words:
    """To be appended to what was told before; ``is_anew``: in its place."""

    content: str
    is_anew: bool = False


class Listener:
    """Keeps what was told, so that the end, as the row has it, can be told without a word lost or said twice."""

    ending: Ending

    def __init__(self, waiter: Waiter, following: Following) -> None:
        self._waiter = waiter
        self._following = following
        self._told: list[str] = []
        self._length = 0
        self._place = (0, 0)  # the attempt, and the frame at which its text began anew

    async def words(self, patience: float) -> AsyncIterator[Words | None]:
        """None when nothing has come for so many seconds; ends when the reply has, with ``ending``.

        :raises NotSignedIn: :raises NotFound: they may no longer read the room.
        """
        while True:
            if not await self._waiter.news(patience):
                yield None
            if words := self._growth():
                yield words
            if ending := await self._end():
                if words := self._rest(ending.message.text):
                    yield words
                self.ending = ending
                return

    async def until_ended(self) -> Ending:
        """Only its end."""
        while True:
            await self._waiter.news(PATIENCE_SECONDS)
            if ending := await self._end():
                return ending

    async def _end(self) -> Ending | None:
        if self._waiter.turned_away is not None:
            raise NotSignedIn if self._waiter.turned_away is SignedOut else NotFound
        if not self._waiter.may_have_ended:
            return None
        self._waiter.may_have_ended = False
        return await in_database(ending_of, self._waiter.message)

    def _growth(self) -> Words | None:
        running = self._following.running(self._waiter.ticket.room_id, self._waiter.message)
        if running is None:
            return None
        place = running.attempt, running.anew_at
        if place > self._place:
            return self._begin_anew(place, running.text_after(0))
        if place == self._place and (content := running.text_after(self._length)):
            return self._tell(content)
        return None

    def _rest(self, text: str) -> Words | None:
        told = "".join(self._told)
        if text == told:
            return None
        return self._tell(text[len(told) :]) if text.startswith(told) else self._replace(text)

    def _begin_anew(self, place: tuple[int, int], text: str) -> Words | None:
        """Another attempt, or everything before gave way. Until it has words of its own the old ones stand."""
        if not text:
            return None
        self._place = place
        return self._replace(text) if self._told else self._tell(text)

    def _replace(self, text: str) -> Words:
        self._told, self._length = [], 0
        return Words(self._tell(text).content, is_anew=True)

    def _tell(self, content: str) -> Words:
        self._told.append(content)
        self._length += len(content)
        return Words(content)
