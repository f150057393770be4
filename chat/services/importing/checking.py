"""Whether a file is what it says: read once from end to end, before anything is made of it."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import chain
from typing import IO, Any, TypeVar

from pydantic import BaseModel, ValidationError

from chat.exceptions import Invalid
from chat.services.importing.reading import Malformed, read_object
from chat.services.importing.shapes import HeadFile, MessageFile
from chat.services.importing.spool import Spool

S = TypeVar("S", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class RoomFile:
    """``messages`` can be gone through as often as is needed; they lie on the disk."""

    head: HeadFile
    messages: Spool[MessageFile]
    message_count: int
    begins_at: int
    file_count: int


@contextmanager
def read_file(source: IO[bytes]) -> Iterator[RoomFile]:
    """:raises Invalid: no such file, said in one line."""
    with Spool(MessageFile) as messages:
        reading = _Reading()
        try:
            with closing(reading.messages(source)) as said:  # before whoever opened it closes the file
                messages.fill(said)
        except Malformed as error:
            raise Invalid(f"This is no export of a room: {error}") from None
        head = _shaped(HeadFile, reading.others)
        reading.check_people(head)
        yield RoomFile(head, messages, reading.count, reading.begins_at, reading.file_count)


@dataclass(slots=True)
class _Reading:
    """What is known of the messages that have come by: of each name where it stands first, so nothing that grows."""

    others: dict[str, Any] = field(default_factory=dict)
    count: int = 0
    begins_at: int = 1
    file_count: int = 0
    _named: dict[str, str] = field(default_factory=dict)
    _assistants: dict[str, str] = field(default_factory=dict)

    def messages(self, source: IO[bytes]) -> Generator[MessageFile, None, None]:
        for key, value in read_object(source, "messages"):
            if key == "messages":
                yield self._message(value)
            elif key in HeadFile.model_fields:
                self.others[key] = value

    def _message(self, value: Any) -> MessageFile:
        message = _shaped(MessageFile, value, "messages", self.count)
        if self.count == 0:
            self.begins_at = message.sequence
        _check_order(message, self.begins_at + self.count)
        self.count += 1
        self.file_count += len(message.attachments)
        self._note(message)
        return message

    def _note(self, message: MessageFile) -> None:
        where = f"message {message.sequence}"
        for name in (message.author, *chain.from_iterable(message.reactions.values())):
            self._named.setdefault(name, where)
        if message.attempt is not None:
            self._assistants.setdefault(message.author, where)
            self._assistants.setdefault(message.attempt.answered_by or message.author, where)

    def check_people(self, head: HeadFile) -> None:
        kinds = {person.name: person.kind for person in head.people}
        members = {member.name: "members" for member in head.members}
        answering = {head.room.answering_assistant: "room"} if head.room.answering_assistant is not None else {}
        if len(kinds) < len(head.people):
            raise Invalid("people: somebody is named twice.")
        if len(members) < len(head.members):
            raise Invalid("members: somebody is named twice.")
        for name, where in [*members.items(), *self._named.items(), *answering.items(), *self._assistants.items()]:
            if name not in kinds:
                raise Invalid(f"{where}: {name} is not among the people.")
        for name, where in [*answering.items(), *self._assistants.items()]:
            if kinds[name] != "assistant":
                raise Invalid(f"{where}: {name} is no assistant.")


def _check_order(message: MessageFile, expected: int) -> None:
    """Without gaps, as in any room; a part of one may begin later."""
    if message.sequence != expected:
        raise Invalid(f"messages: {message.sequence} where {expected} should be.")
    for name, earlier in (("reply_to", message.reply_to), ("prompt", message.prompt)):
        if earlier is not None and earlier >= expected:
            raise Invalid(f"message {expected}: its {name} comes before it, and not at {earlier}.")


def _shaped(shape: type[S], value: Any, *where: str | int) -> S:
    try:
        return shape.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, (*where, *first["loc"])))
        problem = " ".join(f"{place}: {first['msg']}.".split()) if place else f"{first['msg']}."
        raise Invalid(f"This is no export of a room: {problem}") from None
