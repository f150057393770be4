"""What may stand in a file. Keys that are not known are ignored: a later version may write more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints, ValidationError

from chat.exceptions import Invalid
from chat.models.attachments import LONGEST_NAME
from chat.models.rooms import SLUG_PATTERN
from chat.models.users import NAME_PATTERN

LONGEST_TEXT = 256 * 1024  # what a provider may write in one reply
MOST = 2**31 - 1

Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN.replace(r"\Z", "$"), max_length=32)]
Slug = Annotated[str, StringConstraints(pattern=SLUG_PATTERN.replace(r"\Z", "$"), max_length=64)]
Count = Annotated[int, Field(ge=0, le=MOST, strict=True)]
Place = Annotated[int, Field(ge=1, le=MOST, strict=True)]


class PersonFile(BaseModel):
    name: Name
    kind: Literal["person", "assistant", "bot"]
    display_name: str = Field("", max_length=80)


class MemberFile(BaseModel):
    name: Name
    role: Literal["owner", "member"]
    joined_at: AwareDatetime


class UsageFile(BaseModel):
    prompt: Count
    completion: Count


class AttemptFile(BaseModel):
    number: Annotated[int, Field(ge=1, le=32767, strict=True)]
    model: str = Field("", max_length=120)
    finish: str = Field("", max_length=20)
    usage: UsageFile | None = None
    error: str | None = Field(None, max_length=20)
    started_at: AwareDatetime
    first_token_at: AwareDatetime | None = None
    ended_at: AwareDatetime | None = None
    answered_by: Name | None = None
    reasoning: str = Field("", max_length=4 * LONGEST_TEXT)


class AttachmentFile(BaseModel):
    name: str = Field(max_length=LONGEST_NAME)


class MessageFile(BaseModel):
    sequence: Place
    author: Name
    created_at: AwareDatetime
    text: str = Field("", max_length=LONGEST_TEXT)
    edited_at: AwareDatetime | None = None
    deleted_at: AwareDatetime | None = None
    reply_to: Place | None = None
    status: Literal["queued", "streaming", "complete", "stopped", "failed", "interrupted"] = "complete"
    prompt: Place | None = None
    attempt: AttemptFile | None = None
    attachments: list[AttachmentFile] = Field(default_factory=list, max_length=50)


class AboutRoom(BaseModel):
    slug: Slug
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
    kind: Literal["public", "private", "direct"]
    topic: str = Field("", max_length=300)
    instructions: str = Field("", max_length=4000)
    answering_assistant: Name | None = None
    created_at: AwareDatetime
    archived_at: AwareDatetime | None = None


class RoomFile(BaseModel):
    format: Literal["chat-room"]
    version: Literal[1]
    room: AboutRoom
    people: list[PersonFile]
    members: list[MemberFile]
    messages: list[MessageFile]


def read_file(content: bytes) -> RoomFile:
    """:raises Invalid: no such file, said in one line."""
    try:
        file = RoomFile.model_validate_json(content)
    except (ValidationError, RecursionError) as error:
        raise Invalid(f"This is no export of a room: {_first_problem(error)}") from None
    _check_people(file)
    _check_order(file)
    return file


def _check_people(file: RoomFile) -> None:
    kinds = {person.name: person.kind for person in file.people}
    if len(kinds) < len(file.people):
        raise Invalid("people: somebody is named twice.")
    if len({member.name for member in file.members}) < len(file.members):
        raise Invalid("members: somebody is named twice.")
    assistants = {name for name, kind in kinds.items() if kind == "assistant"}
    for where, name in _named(file):
        if name not in kinds:
            raise Invalid(f"{where}: {name} is not among the people.")
    for where, name in _said_to_be_assistants(file):
        if name not in assistants:
            raise Invalid(f"{where}: {name} is no assistant.")


def _named(file: RoomFile) -> Iterator[tuple[str, str]]:
    yield from (("members", member.name) for member in file.members)
    yield from ((f"message {message.sequence}", message.author) for message in file.messages)
    yield from _said_to_be_assistants(file)


def _said_to_be_assistants(file: RoomFile) -> Iterator[tuple[str, str]]:
    if file.room.answering_assistant is not None:
        yield "room", file.room.answering_assistant
    for message in file.messages:
        if message.attempt is not None:
            yield f"message {message.sequence}", message.author
            yield f"message {message.sequence}", message.attempt.answered_by or message.author


def _check_order(file: RoomFile) -> None:
    """Without gaps, as in any room; a part of one may begin later."""
    first = file.messages[0].sequence if file.messages else 1
    for expected, message in enumerate(file.messages, first):
        if message.sequence != expected:
            raise Invalid(f"messages: {message.sequence} where {expected} should be.")
        for name, earlier in (("reply_to", message.reply_to), ("prompt", message.prompt)):
            if earlier is not None and earlier >= expected:
                raise Invalid(f"message {expected}: its {name} comes before it, and not at {earlier}.")


def _first_problem(error: ValidationError | RecursionError) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deep."
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(map(str, first["loc"]))
    return " ".join(f"{where}: {first['msg']}.".split()) if where else f"{first['msg']}."
