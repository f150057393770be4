"""``GET /api/rooms/{slug}/export``: page after page, as fast as its reader takes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import parse_qs

from chat.access import Identity
from chat.consumers.http import HttpConsumer
from chat.database import Together, in_database
from chat.exceptions import BadRequest, ChatError, Invalid
from chat.limits import spend_write
from chat.services.exporting import Export, open_export

PARAMETERS = ("format", "after", "before", "reasoning")


def _next_of_each(exports: Sequence[Iterator[str]]) -> Sequence[str]:
    return [next(pieces, "") for pieces in exports]


# They take turns: with many at once, pages and posts would wait for their threads and connections.
PIECES: Together[Iterator[str], str] = Together(_next_of_each, most=1)


class ExportConsumer(HttpConsumer):
    methods = ("GET", "HEAD")
    export: Export

    async def answer(self, body: bytes) -> None:
        someone = await self.who_asks()
        self.export = await in_database(_open, someone, self.scope["url_route"]["kwargs"]["slug"], self._query())
        await self.begin(
            200,
            {
                "Content-Type": self.export.content_type,
                "Content-Disposition": f'attachment; filename="{self.export.name}"',
                "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'",
            },
        )
        while self.scope["method"] == "GET" and (piece := await PIECES.ask(self.export.pieces)):
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
    spend_write(someone.user)  # it is as dear as saying something
    return open_export(
        slug=slug,
        by=someone.user,
        form=query.get("format", "") or "markdown",
        after=query.get("after", ""),
        before=query.get("before", ""),
        has_reasoning=query.get("reasoning") == "1",
    )
