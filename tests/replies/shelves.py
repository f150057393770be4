"""Files that stand in memory."""

from __future__ import annotations

from dataclasses import dataclass, field

from chat.providers import Document, Picture
from chat.replies.framing import Attached
from chat.replies.texts import Readable

CAT = Picture("image/png", b"a cat", 280, 280)  # a hundred tokens


def picture(number: int, name: str = "cat.png", width: int = 280, height: int = 280) -> Attached:
    return Attached(id=number, name=name, media_type="image/png", size=5, width=width, height=height)


def file(number: int, name: str = "notes.txt", media_type: str = "text/plain", size: int = 12) -> Attached:
    return Attached(id=number, name=name, media_type=media_type, size=size)


@dataclass
class MemoryShelf:
    """``texts`` by the number of the file; every picture is a cat. ``asked``: what was taken down, in order, and
    ``sides``: how long a picture may be. ``read``: how much of a text, at most."""

    texts: dict[int, str] = field(default_factory=dict)
    asked: list[int] = field(default_factory=list)
    sides: list[int] = field(default_factory=list)
    read: list[int] = field(default_factory=list)

    @property
    def bytes_read(self) -> int:
        return sum(self.read)

    def text(self, file: Attached, most: int) -> Readable | None:
        self.asked.append(file.id)
        self.read.append(min(most, file.size))
        text = self.texts.get(file.id)
        return None if text is None else Readable(text)

    def picture(self, file: Attached, long_side: int) -> Picture:
        self.asked.append(file.id)
        self.sides.append(long_side)
        return CAT

    def document(self, file: Attached) -> Document | None:
        return Document(file.name, file.media_type, b"%PDF-")
