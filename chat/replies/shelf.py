"""The files of a room's messages, from where they are kept. It reads a disk, and blocks."""

from __future__ import annotations

import mimetypes
import threading
from collections import OrderedDict

import structlog

from chat.models import Attachment, Message
from chat.providers import Document, Picture
from chat.replies.framing import Attached
from chat.replies.pictures import NotAPicture, fitted
from chat.replies.texts import text_in

log = structlog.get_logger(__name__)

MOST_TEXT_BYTES = 16_000_000  # of a file that is read to see whether it is text


class StoredFiles:
    """What it has opened for a question it keeps until that is asked: an app may be told the same twice."""

    def __init__(self) -> None:
        self._rows: dict[int, Attachment] = {}
        self._texts: dict[int, str | None] = {}

    def of(self, message: Message) -> tuple[Attached, ...]:
        return self.take(message.files)

    def take(self, rows: list[Attachment]) -> tuple[Attached, ...]:
        if not rows:
            return ()
        self._rows |= {row.pk: row for row in rows}
        return tuple(map(_attached, rows))

    def text(self, file: Attached) -> str | None:
        if file.size > MOST_TEXT_BYTES:
            return None
        if file.id not in self._texts:
            content = self._content(file)
            self._texts[file.id] = None if content is None else text_in(content)
        return self._texts[file.id]

    def picture(self, file: Attached, long_side: int) -> Picture | None:
        key = str(self._rows[file.id].file.name), long_side
        if known := _made.get(key):
            return known
        content = self._content(file)
        try:
            picture = None if content is None else fitted(content, long_side)
        except NotAPicture as error:
            log.warning("picture_not_shown", attachment=file.id, error=str(error))
            return None
        if picture is not None:
            _made.put(key, picture)
        return picture

    def document(self, file: Attached) -> Document | None:
        content = self._content(file)
        kind = mimetypes.guess_type(file.name)[0] or file.media_type  # of what is packed its name tells more
        return None if content is None else Document(file.name, kind, content)

    def _content(self, file: Attached) -> bytes | None:
        """None: it is gone. Its message was deleted just now, or a disk was."""
        try:
            with self._rows[file.id].file.open("rb") as opened:
                return bytes(opened.read())
        except OSError as error:
            log.warning("file_not_read", attachment=file.id, error=error.strerror)
            return None


class MadePictures:
    """The last ones that were made to fit: whoever asks about a picture asks again, and this time nobody waits."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes, self._bytes = most_bytes, 0
        self._pictures: OrderedDict[tuple[str, int], Picture] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: tuple[str, int]) -> Picture | None:
        with self._lock:
            if key in self._pictures:
                self._pictures.move_to_end(key)
            return self._pictures.get(key)

    def put(self, key: tuple[str, int], picture: Picture) -> None:
        with self._lock:
            if known := self._pictures.pop(key, None):
                self._bytes -= len(known.content)
            self._pictures[key] = picture
            self._bytes += len(picture.content)
            while self._bytes > self._most_bytes:
                self._bytes -= len(self._pictures.popitem(last=False)[1].content)


_made = MadePictures(32_000_000)


def _attached(row: Attachment) -> Attached:
    return Attached(
        id=row.pk,
        name=row.name,
        media_type=row.media_type,
        size=row.size,
        width=row.width or 0,
        height=row.height or 0,
    )
