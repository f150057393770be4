"""The live events of a room where WebSockets do not pass: ``GET /rooms/<slug>/events/``, server-sent."""

from __future__ import annotations

import asyncio
import contextlib
import re
from typing import Any
from urllib.parse import parse_qs

from chat.access import NoSuchRoom, SignedOut
from chat.consumers import showing
from chat.consumers.eventstream import KEEP_ALIVE, KEEP_ALIVE_SECONDS, EventStreamConsumer
from chat.consumers.handshake import credentials_of, header
from chat.consumers.identity import stranger
from chat.consumers.knocking import visit_by
from chat.database import in_database
from chat.exceptions import ChatError, NotFound, RateLimited
from chat.hub import Socket, current_hub
from chat.hub.socket import Message, Texts
from chat.replies.worker import ensure_worker
from chat.visits import Visit

# Ours always begin with their type, and a change's revision follows it.
HEAD = re.compile(r'(?:\{"type":|<chat-frame [^>]*?\btype=)"([a-z.]+)"(?:[ ,]"?revision"?[:=]"?(\d+))?')
# What a client that has seen it, and all before it, stands at. A heartbeat says where the room is.
CAUGHT_UP = frozenset({"synced", "resync"})
STANDS = CAUGHT_UP | {"message.created", "message.updated", "message.deleted", "room"}
RESTARTING = 1012  # as a socket is closed by a server that ends


class StreamSocket(Socket):
    """Its frames leave as events. None has an ``id`` before ``synced`` or ``resync``: until then something older may
    still come."""

    line = "events"
    __slots__ = ("_has_synced",)

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._has_synced = False

    @property
    def is_behind(self) -> bool:
        """Our server makes nobody wait before 64 KiB lie there."""
        return self._line is not None

    def push(self, texts: Texts, *, is_passing: bool = False) -> None:
        if not (is_passing and self.is_behind):
            self.push_message(_body(b"".join(map(self._event, texts))))

    def rest(self) -> None:
        """Say that the line is alive."""
        self.push_message(_body(KEEP_ALIVE))

    def _event(self, text: str) -> bytes:
        head = HEAD.match(text)
        assert head, text[:80]
        kind, revision = head[1], head[2]
        self._has_synced = self._has_synced or kind in CAUGHT_UP
        stands_at = f"id: {revision}\n" if revision and self._has_synced and kind in STANDS else ""
        data = "".join(f"data: {line}\n" for line in text.replace("\r", "").split("\n"))
        return f"event: {kind}\n{stands_at}{data}\n".encode()


class EventsConsumer(EventStreamConsumer):
    methods = ("GET",)

    async def answer(self, body: bytes) -> None:
        visit = await self._visit()
        hub = current_hub()
        ensure_worker()
        if hub.attendance.is_full_of(visit.user.pk):
            raise RateLimited(60)
        query = parse_qs(self.scope["query_string"].decode("latin-1"))
        await self.begin_stream()
        self._closed: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        socket = StreamSocket(
            self.send,
            self._close,
            ticket=visit.ticket,
            name=visit.user.username,
            is_html=query.get("format") == ["html"],
        )
        hub.join(socket, visit)
        try:
            socket.show(showing.welcome(visit))
            await showing.catch_up(socket, self._since(query, visit))
            await showing.compare(socket, visit, _tally(query))
            code = await self._until_closed(socket)
        finally:
            hub.leave(socket)
        await socket.until_taken()
        await self.event("close", {"type": "close", "code": code})
        await self.send_body(b"")

    async def _visit(self) -> Visit:
        """:raises NotSignedIn: :raises NotFound: :raises RateLimited:"""
        try:
            return await visit_by(credentials_of(self.scope), self.scope["url_route"]["kwargs"]["slug"])
        except SignedOut:
            raise await in_database(stranger, self.scope) from None
        except NoSuchRoom:
            raise NotFound from None

    async def break_off(self, error: ChatError) -> None:
        if self._is_server_ending:
            await self.event("close", {"type": "close", "code": RESTARTING})
        await super().break_off(error)

    def _since(self, query: dict[str, list[str]], visit: Visit) -> int:
        """The revision the client stands at; without one it is told nothing of before."""
        for said in (header(self.scope, b"last-event-id"), *query.get("since", ())):
            if re.fullmatch(r"[0-9]{1,18}", said):
                return int(said)
        return visit.room.revision

    async def _until_closed(self, socket: StreamSocket) -> int:
        """The code, as a socket would be closed with: who must go is told why."""
        while True:
            with contextlib.suppress(TimeoutError):
                return await asyncio.wait_for(asyncio.shield(self._closed), KEEP_ALIVE_SECONDS)
            socket.rest()

    async def _close(self, code: int) -> None:
        if not self._closed.done():
            self._closed.set_result(code)


def _tally(query: dict[str, list[str]]) -> int | None:
    said = query.get("tally", [""])[0]
    return int(said) if re.fullmatch(r"[0-9]{1,18}", said) else None


def _body(content: bytes) -> Message:
    return {"type": "http.response.body", "body": content, "more_body": True}
