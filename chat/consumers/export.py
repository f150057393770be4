"""``GET /api/rooms/{slug}/export``: page after page, as fast as its reader takes them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from urllib.parse import parse_qs

from chat import limits
from chat.access import Identity, SignedOut, Ticket, no_longer_welcome
from chat.consumers.http import HttpConsumer
from chat.database import Together, in_database
from chat.exceptions import BadRequest, ChatError, Invalid, NotFound, NotSignedIn
from chat.services.exporting import Export, open_export

PARAMETERS = ("format", "after", "before", "reasoning")


RECHECK_SECONDS = 1.0


class Reading:
    """An export, and what its reader may read it by: a slow one may have lost that long before its end."""

    def __init__(self, pieces: Iterator[str], ticket: Ticket) -> None:
        self._pieces, self._ticket = pieces, ticket
        self._checked_at = time.monotonic()

    def next(self) -> str:
        """Empty at the end. Blocks.

        :raises NotSignedIn: :raises NotFound: they may read it no longer.
        """
        if time.monotonic() - self._checked_at >= RECHECK_SECONDS:
            self._checked_at = time.monotonic()
            if why := no_longer_welcome([self._ticket]).get(self._ticket):
                raise NotSignedIn if why is SignedOut else NotFound
        return next(self._pieces, "")


def _next_of_each(readings: Sequence[Reading]) -> Sequence[str]:
    return [reading.next() for reading in readings]


# They take turns: with many at once, pages and posts would wait for their threads and connections.
PIECES: Together[Reading, str] = Together(_next_of_each, most=1)


class ExportConsumer(HttpConsumer):
    methods = ("GET", "HEAD")
    export: Export

    async def answer(self, body: bytes) -> None:
        someone = await self.who_asks()
        with limits.EXPORTS.one_of(someone.user):
            await self._send(someone)

    async def _send(self, someone: Identity) -> None:
        self.export = await in_database(_open, someone, self.scope["url_route"]["kwargs"]["slug"], self._query())
        reading = Reading(self.export.pieces, someone.ticket_for(self.export.room_id))
        await self.begin(
            200,
            {
                "Content-Type": self.export.content_type,
                "Content-Disposition": f'attachment; filename="{self.export.name}"',
                "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'",
            },
        )
        while self.scope["method"] == "GET" and (piece := await PIECES.ask(reading)):
            await self.send_body(piece.encode(), more_body=True)
        await self.send_body(b"")

    async def break_off(self, error: ChatError) -> None:
        await self.send_body(self.export.apology.encode())

    def _query(self) -> dict[str, str]:
        """:raises Invalid: :raises BadRequest:"""
        try:
            given = parse_qs(self.scope["query_string"].decode(), keep_blank_values=True, max_num_fields=20)
        except ValueError:
            raise BadRequest("The query makes no sense.") from None
        query = {name: given[name][-1] for name in PARAMETERS if name in given}
        if query.get("reasoning", "0") not in ("", "0", "1"):
            raise Invalid("reasoning: 0 or 1.")
        return query


def _open(someone: Identity, slug: str, query: dict[str, str]) -> Export:
    limits.spend_write(someone.user)  # it is as dear as saying something
    return open_export(
        slug=slug,
        by=someone.user,
        form=query.get("format", "") or "markdown",
        after=query.get("after", ""),
        before=query.get("before", ""),
        has_reasoning=query.get("reasoning") == "1",
    )
