"""HTTP that may stay open for long: no thread is held for it, as Django's own handler would."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import quote

import structlog
from channels.exceptions import StopConsumer
from channels.generic.http import AsyncHttpConsumer
from django.conf import settings
from django.utils.translation import gettext as _

from chat.access import Identity
from chat.consumers.handshake import header
from chat.consumers.identity import who_asks
from chat.database import FAILED, in_database
from chat.exceptions import (
    BadRequest,
    ChatError,
    NotAllowed,
    RateLimited,
    ServerError,
    TooLarge,
    Unavailable,
    UnexpectedContent,
)
from chat.logcontext import note

log = structlog.get_logger(__name__)

GOODBYE_SECONDS = 2.0
SAID_OF_EVERYTHING = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


class HttpConsumer(AsyncHttpConsumer):
    """One exchange. ``answer`` runs beside the line: it is cancelled when the client goes, or the server ends.

    What is refused before the answer began is told with its status; afterwards ``break_off`` has the last word.
    """

    channel_layer_alias = None
    methods: ClassVar[tuple[str, ...]] = ("POST",)
    body_limit = 256 * 1024
    bearer_only = False
    has_begun = False
    _answering: asyncio.Task[None] | None = None
    _is_server_ending = False
    _length = 0

    async def answer(self, body: bytes) -> None:
        """:raises ChatError: what is refused."""
        raise NotImplementedError

    async def break_off(self, error: ChatError) -> None:
        """The answer cannot be finished; its status was sent long ago."""
        await self.send_body(b"")

    def envelope(self, error: ChatError) -> Mapping[str, Any]:
        return {"code": error.code, "detail": error.detail}

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        try:
            await super().__call__(scope, receive, send)
        except asyncio.CancelledError:
            self._is_server_ending = True
            raise
        finally:
            await self._end()

    async def dispatch(self, message: dict[str, Any]) -> None:
        # The stock one asks a thread to close old connections before every event, and hears of no disconnect meanwhile.
        if message["type"] == "http.disconnect":
            raise StopConsumer
        if self._answering is None:
            self._take(message.pop("body", b""))  # whoever handed it on keeps the message until the next one
            if not message.get("more_body"):
                self._answering = asyncio.create_task(self._answer())

    async def who_asks(self) -> Identity:
        return await in_database(who_asks, self.scope, bearer_only=self.bearer_only)

    async def begin(self, status: int, headers: Mapping[str, str]) -> None:
        self.has_begun = True
        told = {**SAID_OF_EVERYTHING, **headers}
        if self.scope.get("scheme") == "https" and settings.SECURE_HSTS_SECONDS:
            told["Strict-Transport-Security"] = f"max-age={settings.SECURE_HSTS_SECONDS}"
        await self.send_headers(
            status=status, headers=[(name.encode(), value.encode("latin-1")) for name, value in told.items()]
        )

    async def send_json(self, status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> None:
        content = json.dumps(body, ensure_ascii=False).encode()
        about = {"Content-Type": "application/json", "Content-Length": str(len(content))}
        await self.begin(status, {**about, **(headers or {})})
        await self.send_body(content if self.scope["method"] != "HEAD" else b"")

    async def refuse(self, error: ChatError) -> None:
        if self.has_begun:
            await self.break_off(error)
        else:
            await self.send_json(error.status, self.envelope(error), self.headers_of(error))

    def headers_of(self, error: ChatError) -> dict[str, str]:
        headers: dict[str, str] = {}
        if isinstance(error, RateLimited):
            headers["Retry-After"] = str(error.retry_after)
        if isinstance(error, NotAllowed):
            headers["Allow"] = ", ".join(self.methods)
        if error.status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        return headers

    def json_object(self, body: bytes) -> dict[str, Any]:
        """:raises UnexpectedContent: :raises BadRequest:"""
        if header(self.scope, b"content-type").partition(";")[0].strip().lower() != "application/json":
            raise UnexpectedContent
        try:
            said = json.loads(body)
        except (ValueError, RecursionError):
            raise BadRequest from None
        if not isinstance(said, dict):
            raise BadRequest
        return said

    async def _answer(self) -> None:
        note(route=type(self).__name__)
        try:
            if settings.SECURE_SSL_REDIRECT and self.scope.get("scheme") == "http":
                await self._send_to_https()
                return
            if self.scope["method"] not in self.methods:
                raise NotAllowed
            if self._length > self.body_limit:
                raise TooLarge
            await self.answer(self._taken())
        except ChatError as error:
            await self.refuse(error)
        except FAILED as error:
            log.warning("database_failed", error=repr(error))
            await self.refuse(Unavailable())
        except asyncio.CancelledError:
            if self._is_server_ending:
                await self.refuse(Unavailable(_("The server is being restarted. Try again in a moment.")))
            raise
        except Exception:
            log.exception("request_failed")  # its route is noted; words in an address are nobody's business
            await self.refuse(ServerError())

    async def _send_to_https(self) -> None:
        """As Django does it: nothing is answered, and no token looked at, where others may read along."""
        query = self.scope["query_string"].decode("latin-1")
        address = f"{settings.SITE_URL}{quote(self.scope['path'])}{'?' if query else ''}{query}"
        await self.begin(301, {"Location": address, "Content-Length": "0"})
        await self.send_body(b"")

    def _take(self, piece: bytes) -> None:
        """Of a body that is too long nothing is kept, but it is read to its end: then its sender reads the answer."""
        self._length += len(piece)
        if self._length <= self.body_limit:
            self.body.append(piece)
        else:
            self.body.clear()

    def _taken(self) -> bytes:
        """The whole body, and nobody's any more but theirs who are given it: an answer may take minutes."""
        whole = b"".join(self.body)
        self.body.clear()
        return whole

    async def _end(self) -> None:
        if self._answering is not None:
            self._answering.cancel()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(GOODBYE_SECONDS):
                    await asyncio.wait({self._answering})
