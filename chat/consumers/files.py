"""``GET /files/…``: what people sent. A large one is read piece by piece, as fast as its reader takes it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote, urlencode

from chat.access import Identity
from chat.consumers.handshake import credentials_of, header
from chat.consumers.http import HttpConsumer
from chat.consumers.ranges import Part, part_of
from chat.database import in_database
from chat.exceptions import NotFound, NotSignedIn
from chat.services.attachments import Opened, Which, open_attachment

PIECE_BYTES = 256 * 1024
SIGN_IN = "/accounts/login/"


class FileConsumer(HttpConsumer):
    methods = ("GET", "HEAD")
    which: Which = "file"

    async def answer(self, body: bytes) -> None:
        try:
            someone = await self.who_asks()
        except NotSignedIn:
            if credentials_of(self.scope).bearer:  # a program: it has a token to send, and no form to fill in
                raise
            await self._send_to_sign_in()
            return
        opened = await in_database(_open, someone, self.scope["url_route"]["kwargs"]["pk"], self.which)
        if opened.is_held_as(header(self.scope, b"if-none-match")):
            await self._say(304, opened.headers)
        elif "X-Accel-Redirect" in opened.headers:
            await self._say(200, opened.headers)
        else:
            await self._answer_with(opened)

    async def _answer_with(self, opened: Opened) -> None:
        part = part_of(self._asked_range(opened), opened.size)
        if part is None:
            await self._say(416, {"Content-Range": f"bytes */{opened.size}"})
            return
        headers = {**opened.headers, "Accept-Ranges": "bytes", "Content-Length": str(part.length)}
        if is_part := part.length < opened.size:
            headers["Content-Range"] = f"bytes {part.start}-{part.end - 1}/{opened.size}"
        status = 206 if is_part else 200
        if self.scope["method"] != "GET":
            await self._say(status, headers)
            return
        with await _file(opened.path) as file:  # first: one that has gone in this moment is not begun
            await self.begin(status, headers)
            await self._send(file, part)
        await self.send_body(b"")

    def _asked_range(self, opened: Opened) -> str:
        """Whoever goes on with a download goes on with this file, or begins anew. Of headers alone there are no parts
        (RFC 9110, 14.2)."""
        if self.scope["method"] != "GET":
            return ""
        known = header(self.scope, b"if-range")
        return header(self.scope, b"range") if known in ("", opened.headers["ETag"]) else ""

    async def _send(self, file: BinaryIO, part: Part) -> None:
        """A thread is only visited: between two pieces it is somebody else's."""
        file.seek(part.start)
        left = part.length
        while left and (piece := await asyncio.to_thread(file.read, min(left, PIECE_BYTES))):
            left -= len(piece)
            await self.send_body(piece, more_body=True)

    async def _say(self, status: int, headers: dict[str, str]) -> None:
        await self.begin(status, headers)
        await self.send_body(b"")

    async def _send_to_sign_in(self) -> None:
        await self._say(302, {"Location": f"{SIGN_IN}?{urlencode({'next': quote(self.scope['path'])})}"})


class PreviewConsumer(FileConsumer):
    which = "preview"


async def _file(path: Path) -> BinaryIO:
    """Whoever goes while it is being opened leaves nothing open.

    :raises NotFound: it was deleted since it was looked up.
    """
    opening = asyncio.ensure_future(asyncio.to_thread(path.open, "rb"))
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        with suppress(OSError):
            (await opening).close()
        raise
    except OSError:
        raise NotFound from None


def _open(someone: Identity, pk: int, which: Which) -> Opened:
    return open_attachment(pk=pk, by=someone.user, which=which)
