"""Whom an assistant may name: the people of its room, so that names link while the text still grows."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from chat import markup
from chat.database import Together
from chat.models import User
from chat.prepared import Given, PreparedRows

MOST_PEOPLE = 1_000


class Names(dict[str, markup.Mentioned]):
    """Looked up while the model thinks: empty until then, and needed with the first word."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self._room = room
        self._asked: asyncio.Task[None] | None = None

    def ask(self) -> None:
        self._asked = asyncio.create_task(self._fill())

    async def known(self) -> None:
        """After ``ask``. Who waits and leaves does not keep them from others who do.

        :raises DatabaseError: :raises InterfaceError: it does not say.
        """
        assert self._asked is not None
        await asyncio.shield(self._asked)

    async def drop(self) -> None:
        """Nobody needs them any more."""
        if self._asked is not None:
            self._asked.cancel()
            await asyncio.wait({self._asked})
            if not self._asked.cancelled():
                self._asked.exception()  # has been heard of, or need not be

    async def _fill(self) -> None:
        self.update(await PEOPLE_OF.ask(self._room))


def people_in(room: int) -> dict[str, markup.Mentioned]:
    """Blocks."""
    return {name: markup.Mentioned(pk, name, kind == User.Kind.ASSISTANT) for pk, name, kind in PEOPLE.all(room=room)}


def _people_in_each(rooms: Sequence[int]) -> list[dict[str, markup.Mentioned] | Exception]:
    found = {room: people_in(room) for room in set(rooms)}
    return [found[room] for room in rooms]


PEOPLE_OF: Together[int, dict[str, markup.Mentioned]] = Together(_people_in_each, most=16)
PEOPLE = PreparedRows(
    lambda: User.objects.filter(memberships__room=Given("room"), is_active=True).values_list("pk", "username", "kind")[
        :MOST_PEOPLE
    ]
)
