"""Which files go along with a question, and how much of them: as far as room, number and bytes allow. Pure but for what
the shelf reads.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from chat.providers import Document, Picture
from chat.replies.files import NO_ROOM, TOLD_ABOVE, UNREAD, UNSEEN, Enclosed, described
from chat.replies.framing import Attached, Said, shown
from chat.replies.pictures import side_for, tokens_at
from chat.replies.texts import LEAST_READ, MOST_BYTES_OF_A_TOKEN, Readable, excerpt

LEAST_TOKENS = 50  # of a text that is cut: a shorter piece tells nothing
SHARE = 3, 4  # of what a question leaves, for files: the rest is for what was said before


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What a back end takes in one request. ``most_bytes`` is of all documents: pictures are small when they go."""

    pictures: bool = False
    documents: bool = False
    most_files: int = 8  # several models take no more, and each costs as much as a page of words
    most_bytes: int = 15_000_000  # what Dify takes of one, as long as nobody changed it
    most_read: int = 16_000_000  # bytes that are looked at for words, whoever sent how many files


class Shelf(Protocol):
    """Where the files are. None: it is not there, or is no such thing. A picture may be promised; of a text no more is
    read than about ``most`` bytes. ``bytes_read`` for words so far, where a file that is opened counts for a few."""

    @property
    def bytes_read(self) -> int: ...

    def text(self, file: Attached, most: int) -> Readable | None: ...

    def picture(self, file: Attached, long_side: int) -> Picture: ...

    def document(self, file: Attached) -> Document | None: ...


class EmptyShelf:
    bytes_read = 0

    def text(self, file: Attached, most: int) -> Readable | None:
        return None

    def picture(self, file: Attached, long_side: int) -> Picture:
        raise LookupError(file.name)

    def document(self, file: Attached) -> Document | None:
        return None


class Enclosing:
    """Asked about the files that matter most first. ``left``: the tokens there are for what files contain."""

    def __init__(self, shelf: Shelf, allowance: Allowance) -> None:
        self._shelf, self._allowance = shelf, allowance
        self._files_left, self._bytes_left = allowance.most_files, allowance.most_bytes
        self._enclosed: dict[int, Enclosed] = {}
        self.left = 0

    def open(self, budget: int) -> None:
        self.left = max(0, budget) * SHARE[0] // SHARE[1]

    def take(self, said: Said, room: int) -> int:
        """The tokens that the content of its files costs. Each file is taken once.

        They share what there is; what one does not need is left to the next, so the small ones come first.
        """
        used = 0
        new = sorted((file for file in said.files if file.id not in self._enclosed), key=self._wish)
        for number, file in enumerate(new):
            available = min(self.left, room - used)
            self._enclosed[file.id], cost = self._enclose(file, available // (len(new) - number), available)
            self.left -= cost
            used += cost
        return used

    def of(self, file: Attached) -> Enclosed:
        return self._enclosed.get(file.id, UNSEEN if file.is_picture else UNREAD)

    def _wish(self, file: Attached) -> tuple[bool, bool, int]:
        """What costs nothing first, then pictures as they come, then texts by their size."""
        costs = self._allowance.pictures if file.is_picture else file.may_be_text
        return costs, not file.is_picture, 0 if file.is_picture else file.size

    def _enclose(self, file: Attached, share: int, available: int) -> tuple[Enclosed, int]:
        """Of the share, or of all there is where the share is too small for anything."""
        if file.is_picture:
            return self._picture(file, share, available)
        if not file.may_be_text:
            return self._document(file), 0
        if available <= 0 and (file.media_type == "text/plain" or not self._allowance.documents):
            return NO_ROOM, 0  # also of what may be none: only to look inside could tell
        return self._text(file, max(share, min(LEAST_TOKENS, available)))

    def _text(self, file: Attached, room: int) -> tuple[Enclosed, int]:
        if self._shelf.bytes_read >= self._allowance.most_read:
            return NO_ROOM, 0
        text = self._shelf.text(file, max(LEAST_READ, room * MOST_BYTES_OF_A_TOKEN))
        if text is None:
            return self._document(file), 0
        cut = excerpt(text, room) if room > 0 else None
        if cut is None or (cut.left_out and cut.tokens < LEAST_TOKENS // 2):
            return NO_ROOM, 0
        return cut, cut.tokens

    def _picture(self, file: Attached, share: int, available: int) -> tuple[Enclosed, int]:
        if not self._allowance.pictures:
            return UNSEEN, 0
        side = side_for(file.width, file.height, share) or side_for(file.width, file.height, available)
        if side is None or not self._files_left:
            return NO_ROOM, 0
        self._files_left -= 1
        return self._shelf.picture(file, side), tokens_at(file.width, file.height, side)

    def _document(self, file: Attached) -> Enclosed:
        """What it costs only its back end knows, which cuts it into what it looks up."""
        if not self._allowance.documents:
            return UNREAD
        if not self._files_left or file.size > self._bytes_left:
            return NO_ROOM
        document = self._shelf.document(file)
        if document is None:
            return UNREAD
        self._files_left -= 1
        self._bytes_left -= file.size
        return document


Told = tuple[str, tuple[Picture, ...], tuple[Document, ...]]


class Telling:
    """Messages as they are told, the oldest first: what a file contains is said once, and pictures are counted."""

    def __init__(self, enclosing: Enclosing) -> None:
        self._enclosing = enclosing
        self._told: set[int] = set()
        self._seen = 0

    def tell(self, said: Said, *, is_quoted: bool = False) -> Told:
        """Its words, and what goes beside them."""
        beside: list[Enclosed] = []
        lines = [self._line(file, beside) for file in said.files]
        pictures = tuple(one for one in beside if isinstance(one, Picture))
        documents = tuple(one for one in beside if isinstance(one, Document))
        return shown(said, is_quoted=is_quoted, files=lines), pictures, documents

    def _line(self, file: Attached, beside: list[Enclosed]) -> str:
        enclosed = self._enclosing.of(file)
        if file.id in self._told and not isinstance(enclosed, str):
            return described(file, TOLD_ABOVE)
        self._told.add(file.id)
        self._seen += isinstance(enclosed, Picture)
        beside.append(enclosed)
        return described(file, enclosed, self._seen)
