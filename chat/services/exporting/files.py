"""What every format is given, and what it must be able to say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from chat.models import Attempt, Message, Room
from chat.models.messages import MessageQuerySet
from chat.services.exporting.bounds import Bounds


@dataclass(frozen=True, slots=True)
class Chosen:
    """A room as it was when it was read, and what of it is wanted."""

    room: Room
    bounds: Bounds
    has_reasoning: bool = False

    def messages(self) -> MessageQuerySet:
        there = Message.objects.in_room(self.room).filter(sequence__lte=self.room.last_sequence)
        needed = "author", "reply_to__author", "reply__prompt", "reply__current__answered_by__user"
        return self.bounds.of(there).select_related(*needed).with_files()


class File(Protocol):
    ending: str
    content_type: str
    apology: str

    def head(self) -> str: ...

    def message(self, message: Message) -> str: ...

    def foot(self) -> str: ...


def shown_attempt(message: Message) -> Attempt | None:
    """Of a reply that is not deleted: the one whose words are shown."""
    return message.reply.current if message.is_reply and not message.is_deleted else None


def reasoning_of(message: Message, chosen: Chosen) -> str:
    attempt = shown_attempt(message) if chosen.has_reasoning else None
    return attempt.reasoning.strip() if attempt is not None else ""


def reactions_to(message: Message) -> str:
    """Whose, in one line."""
    told = (f"{emoji} {', '.join(user.username for user in people)}" for emoji, people in message.reacted)
    return "; ".join(told)


def remark_on(message: Message) -> str:
    """Why a reply is not whole; nothing for all others."""
    match message.status:
        case Message.Status.COMPLETE:
            return ""
        case Message.Status.FAILED | Message.Status.INTERRUPTED:
            return message.reply.problem if message.is_reply else ""
        case Message.Status.STOPPED:
            return "Stopped."
        case _:
            return "Not finished yet."
