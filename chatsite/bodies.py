"""What people send: kept on the disk while it comes, handed on piece by piece, and never more than is allowed.

Twisted and Daphne alone take a body of any length, read it for themselves, and hold it in memory for the application:
120 MB of files took 1.2 GB, and stopped everything else for seconds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import suppress
from io import BytesIO
from typing import Any

import structlog
from daphne.http_protocol import WebRequest
from django.conf import settings
from django.utils.translation import gettext as _

from chat.consumers.front.completions import BODY_LIMIT
from chat.exceptions import ChatError, DiskFull, TooLarge
from chatsite.refusing import FRONT, REFUSAL

Receive = Callable[[], Awaitable[Mapping[str, Any]]]

log = structlog.get_logger(__name__)

MB = 1_000_000
AROUND_BYTES = MB  # text and boundaries beside the files
LEAST_BYTES = 3 * MB  # what Django takes at most where no files are
SMALL_BYTES = 64 * 1024  # handed on as it always was
PIECE_BYTES = 64 * 1024
IN_EXTENSIONS = "chat.body"
ROOT_PATH = b"Daphne-Root-Path"


def most_bytes(path: bytes) -> int:
    if path.startswith(FRONT.encode()):
        return BODY_LIMIT
    files = settings.FILE_LIMIT_MB * settings.FILES_PER_MESSAGE * MB if settings.FILES_ALLOWED else 0
    return max(LEAST_BYTES, files + AROUND_BYTES)


class BoundedRequest(WebRequest):
    """Of a body that is too long nothing is kept, but it is read to its end: then its sender reads the answer."""

    length = 0
    channel: Any
    content: Any
    _most_bytes = 0
    refusal: ChatError | None = None

    def gotLength(self, length: int | None) -> None:  # noqa: N802 - twisted's
        """Before any of the body, and before it says what was asked for."""
        super().gotLength(length)
        self._most_bytes = most_bytes(self.channel._path)

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802 - twisted's
        self.length += len(data)
        if self.length > self._most_bytes:
            self._refuse(TooLarge(_("At most %(most)d MB may be sent at once.") % {"most": self._most_bytes // MB}))
        if self.refusal is None:
            self._keep(super().handleContentChunk, data)

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:  # noqa: N802 - twisted's
        """Twisted reads every form, files and all, in the event loop and for nobody: it is shown an empty one."""
        self._body, self.content = self.content, BytesIO()
        super().requestReceived(command, path, version)

    def process(self) -> Any:
        """Daphne takes from a header of anybody's what all our addresses begin with, also those that are mailed with a
        key, and those that everybody in a room is shown."""
        self.requestHeaders.removeHeader(ROOT_PATH)
        self.content = self._body
        self._keep(self.content.flush)
        return super().process()

    def _keep(self, write: Callable[..., object], *data: bytes) -> None:
        try:
            write(*data)
        except OSError as error:
            log.warning("body_not_kept", error=error.strerror)
            self._refuse(DiskFull())

    def _refuse(self, error: ChatError) -> None:
        if self.refusal is None:
            self.refusal = error
            with suppress(OSError):  # closed it is, but first it tries to write what did not fit
                self.content.close()
            self.content = BytesIO()


def set_body_apart(request: Any, scope: dict[str, Any]) -> None:
    """Before Daphne hands it on: it finds an empty body, and ``in_pieces`` the real one."""
    if request.refusal is not None:
        scope["extensions"] = {**scope.get("extensions", {}), REFUSAL: request.refusal}
        return
    content = request.content
    if request.length > SMALL_BYTES:
        content.seek(0)
        request.content = BytesIO()
        scope["extensions"] = {**scope.get("extensions", {}), IN_EXTENSIONS: content}


class InPieces:
    """Around the application: a body that was set apart is read as the application asks for it."""

    def __init__(self, application: Any) -> None:
        self._application = application

    def __call__(self, scope: dict[str, Any], receive: Receive, send: Any) -> Coroutine[Any, Any, None]:
        """Where nothing was set apart, the application itself: no frame around it for as long as a socket is open."""
        body = scope.get("extensions", {}).get(IN_EXTENSIONS)
        application: Coroutine[Any, Any, None] = (
            self._application(scope, receive, send) if body is None else self._read(body, scope, receive, send)
        )
        return application

    async def _read(self, body: Any, scope: dict[str, Any], receive: Receive, send: Any) -> None:
        try:
            await self._application(scope, _Pieces(body, receive), send)
        finally:
            body.close()


class _Pieces:
    def __init__(self, body: Any, receive: Receive) -> None:
        self._body, self._receive = body, receive
        self._is_read = False

    async def __call__(self) -> Mapping[str, Any]:
        if self._is_read:
            return await self._receive()
        if self._body.tell() == 0 and (first := await self._receive())["type"] != "http.request":
            return first
        await asyncio.sleep(0)  # others are served between two pieces
        piece = self._body.read(PIECE_BYTES)
        self._is_read = len(piece) < PIECE_BYTES
        return {"type": "http.request", "body": piece, "more_body": not self._is_read}
