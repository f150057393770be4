"""The files of a room's messages, from where they are kept. It reads a disk, and blocks.

While a question is put together its pictures are only promised: to make them fit takes time, and the database is not
to wait for that.
"""

from __future__ import annotations

import mimetypes
import os
from dataclasses import dataclass, replace
from typing import BinaryIO, cast

import structlog

from chat.models import Attachment
from chat.providers import ChatRequest, Document, Picture, Turn
from chat.providers.left_out import with_words_for
from chat.replies.framing import Attached
from chat.replies.made_pictures import made
from chat.replies.pictures import NotAPicture, fitted
from chat.replies.texts import HEAD_SHARE, LEAST_READ, Readable, begins_as_text, is_wide, text_at_ends, text_in

log = structlog.get_logger(__name__)

LOOK_BYTES = 4_096  # of a file, to see whether it may be text


class FilesToRead(Exception):
    """Whoever asks has no time to read files."""


@dataclass(frozen=True, slots=True)
class Promised(Picture):
    """A picture to be, of so many pixels before it is made to fit."""

    attachment: int = 0
    long_side: int = 0


class StoredFiles:
    """What it has read for a question it keeps until that is asked: an app may be told the same twice."""

    def __init__(self, *, is_hurried: bool = False) -> None:
        """``is_hurried``: others wait for who asks, and a disk may be slow."""
        self.bytes_read = 0
        self._is_hurried = is_hurried
        self._rows: dict[int, Attachment] = {}
        self._texts: dict[tuple[int, int], Readable | None] = {}

    def take(self, rows: list[Attachment]) -> tuple[Attached, ...]:
        if not rows:
            return ()
        self._rows |= {row.pk: row for row in rows}
        return tuple(map(_attached, rows))

    def text(self, file: Attached, most: int) -> Readable | None:
        """:raises FilesToRead:"""
        if (file.id, most) not in self._texts:
            self._require_time()
            text, size = self._text(self._rows[file.id], most)
            self._texts[file.id, most] = text
            self.bytes_read += max(size, LEAST_READ)
        return self._texts[file.id, most]

    def picture(self, file: Attached, long_side: int) -> Promised:
        return Promised("", b"", file.width, file.height, file.id, long_side)

    def document(self, file: Attached) -> Document | None:
        """:raises FilesToRead:"""
        self._require_time()
        content = self._content(self._rows[file.id])
        kind = mimetypes.guess_type(file.name)[0] or file.media_type  # of what is packed its name tells more
        return None if content is None else Document(file.name, kind, content)

    @staticmethod
    def has_promised(request: ChatRequest) -> bool:
        news = request.conversation.news if request.conversation else ()
        return any(turn.pictures for turn in (*request.turns, *news))

    def keep_promises(self, request: ChatRequest) -> ChatRequest:
        """With pictures where they were promised, or a word in their place. Slow: on the thread for pictures."""
        conversation = request.conversation
        if conversation is not None:
            conversation = replace(conversation, news=tuple(map(self._kept, conversation.news)))
        return replace(request, turns=tuple(map(self._kept, request.turns)), conversation=conversation)

    def _kept(self, turn: Turn) -> Turn:
        if not turn.pictures:
            return turn
        found = [(one, self._picture(one)) for one in turn.pictures]
        lost = [one for one, picture in found if picture is None]
        pictures = tuple(picture for _, picture in found if picture is not None)
        return replace(turn, content=with_words_for(turn.content, lost), pictures=pictures)

    def _picture(self, promised: Picture) -> Picture | None:
        assert isinstance(promised, Promised)
        row = self._rows[promised.attachment]
        key = str(row.file.name), promised.long_side
        if known := made.get(key):
            return known
        content = self._content(row)
        try:
            picture = None if content is None else fitted(content, promised.long_side)
        except NotAPicture as error:
            log.warning("picture_not_shown", attachment=row.pk, error=str(error))
            return None
        if picture is not None:
            made.put(key, picture)
        return picture

    def _require_time(self) -> None:
        if self._is_hurried:
            raise FilesToRead

    @staticmethod
    def _text(row: Attachment, most: int) -> tuple[Readable | None, int]:
        """And how much was read."""
        try:
            with row.file.open("rb") as opened:
                return _text_in(cast("BinaryIO", opened), row.size, most)
        except OSError as error:
            log.warning("file_not_read", attachment=row.pk, error=error.strerror)
            return None, 0

    @staticmethod
    def _content(row: Attachment) -> bytes | None:
        """None: it is gone. Its message was deleted just now, or a disk was."""
        try:
            with row.file.open("rb") as opened:
                return bytes(opened.read())
        except OSError as error:
            log.warning("file_not_read", attachment=row.pk, error=error.strerror)
            return None


def _text_in(opened: BinaryIO, size: int, most: int) -> tuple[Readable | None, int]:
    """Of a file of so many bytes no more than can be told; and how much was read."""
    head = opened.read(LOOK_BYTES)
    if not begins_as_text(head):
        return None, len(head)
    most = most * 2 if is_wide(head) else most
    if size <= most:
        text = text_in(head + opened.read(most - len(head)))
        return None if text is None else Readable(text), size
    head += opened.read(max(0, int(most * HEAD_SHARE) - len(head)))
    opened.seek(-min(most - int(most * HEAD_SHARE), size - len(head)), os.SEEK_END)
    tail = opened.read()
    return text_at_ends(head, tail, size - len(head) - len(tail)), len(head) + len(tail)


def _attached(row: Attachment) -> Attached:
    return Attached(
        id=row.pk,
        name=row.name,
        media_type=row.media_type,
        size=row.size,
        width=row.width or 0,
        height=row.height or 0,
    )
