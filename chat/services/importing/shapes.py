"""What may stand in a file. Keys that are not known are ignored: a later version may write more."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

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


class HeadFile(BaseModel):
    """All but the messages."""

    format: Literal["chat-room"]
    version: Literal[1]
    room: AboutRoom
    people: list[PersonFile]
    members: list[MemberFile]


class RenderedFile(BaseModel):
    """In no file: a text as this site shows it, until it is stored."""

    html: str
    mentions: tuple[int, ...]
