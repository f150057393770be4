from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from chat import pictures
from chat.exceptions import FilesRefused
from chat.models import Attachment, Message
from chat.services.attachments import disk
from chat.services.attachments.kinds import Kind
from chat.services.attachments.naming import cleaned_name


@dataclass(frozen=True, slots=True)
class Kept:
    """A file whose bytes are on the disk, and that no row names yet."""

    name: str
    media_type: str
    size: int
    sha256: str
    file: str
    preview: str = ""
    width: int | None = None
    height: int | None = None

    def row(self, message: Message, position: int) -> Attachment:
        fields: dict[str, Any] = {name: getattr(self, name) for name in self.__slots__}
        return Attachment(message=message, position=position, created_at=message.created_at, **fields)


def keep_files(uploads: Sequence[UploadedFile[Any]]) -> list[Kept]:
    """Write them all, or none. Slow work: before any lock. Whoever does not name them by rows has to ``discard`` them.

    :raises DiskFull: no room for all of them.
    :raises FilesRefused: a picture that takes too much to look at.
    """
    kept: list[Kept] = []
    try:
        for upload in uploads:
            kept.append(_kept(upload))  # noqa: PERF401 - one by one: what is there is discarded if the next one fails
    except BaseException:
        discard(kept)
        raise
    return kept


def discard(kept: Iterable[Kept]) -> None:
    """Of a message that was not said."""
    disk.remove(place for one in kept for place in (one.file, one.preview) if place)


def _kept(upload: UploadedFile[Any]) -> Kept:
    name = cleaned_name(upload.name or "")
    try:
        picture = pictures.cleaned(cast(BinaryIO, upload.file))
    except pictures.TooManyPixels:
        words = _("“%(name)s” has more than 50 million pixels. Send a smaller picture.")
        raise FilesRefused(words % {"name": name}) from None
    except pictures.TooLaborious:
        words = _("“%(name)s” takes too long to look at, as it is packed. Save it anew as a picture, and send that.")
        raise FilesRefused(words % {"name": name}) from None
    return _kept_picture(name, picture) if picture else _kept_as_it_is(name, upload)


def _kept_picture(name: str, picture: pictures.Picture) -> Kept:
    place = disk.write((picture.content,))
    try:
        preview = disk.write((picture.preview,)) if picture.preview else ""
    except BaseException:
        disk.remove((place,))
        raise
    return Kept(
        name=name,
        media_type=picture.media_type,
        size=len(picture.content),
        sha256=hashlib.sha256(picture.content).hexdigest(),
        file=place,
        preview=preview,
        width=picture.width,
        height=picture.height,
    )


def _kept_as_it_is(name: str, upload: UploadedFile[Any]) -> Kept:
    looked = _Looked(upload)
    place = disk.write(looked)
    return Kept(name, looked.kind.media_type(), looked.size, looked.digest.hexdigest(), place)


class _Looked:
    """The pieces of a file, measured while they pass."""

    def __init__(self, upload: UploadedFile[Any]) -> None:
        self._upload = upload
        self.kind, self.digest, self.size = Kind(), hashlib.sha256(), 0

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._upload.chunks():
            self.kind.look_at(piece, is_first=self.size == 0)
            self.digest.update(piece)
            self.size += len(piece)
            yield piece
