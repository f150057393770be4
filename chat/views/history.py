"""Which messages of a room are shown. Sequences have no gaps, so what lies beyond a page is known without asking."""

from __future__ import annotations

from dataclasses import dataclass

from chat.models import Message, Room, pages


@dataclass(frozen=True, slots=True)
class History:
    """A run of messages, oldest first, of a room as it was read before them."""

    room: Room
    messages: list[Message]
    anchor: int | None = None

    @property
    def earlier(self) -> int | None:
        """Before which sequence there is more."""
        if self.messages and self.messages[0].sequence > 1:
            return self.messages[0].sequence
        return None

    @property
    def later(self) -> int | None:
        """After which sequence there is more."""
        if self.messages and self.messages[-1].sequence < self.room.last_sequence:
            return self.messages[-1].sequence
        return None

    @property
    def is_growing(self) -> bool:
        """An answer among them is waited for, or being written."""
        return any(message.is_running for message in self.messages)


def newest(room: Room) -> History:
    return History(room, pages.newest(room))


def before(room: Room, sequence: int) -> History:
    return History(room, pages.before(room, sequence))


def after(room: Room, sequence: int) -> History:
    return History(room, pages.after(room, sequence))


def around(room: Room, sequence: int) -> History:
    """With that message about in the middle; near the end it is simply the end."""
    found = pages.around(room, sequence)
    return History(room, found, sequence) if found else newest(room)


def number(text: str | None) -> int | None:
    """A sequence or revision from an address; what is none counts as not given."""
    if text is None or not text.isdecimal() or not text.isascii() or len(text) > 18:
        return None
    return int(text)
