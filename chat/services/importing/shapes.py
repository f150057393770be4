"""What may stand in a file. Keys that are not known are ignored: a later version may write more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field, StringConstraints
from pydantic_core import PydanticCustomError

from chat import markup
from chat.models.attachments import LONGEST_NAME
from chat.models.reactions import MOST_EMOJI, MOST_PEOPLE
from chat.models.rooms import SLUG_PATTERN
from chat.models.users import NAME_PATTERN

LONGEST_TEXT = 1024 * 1024  # a provider may write a quarter of it in one go, and be told to go on
MOST = 2**31 - 1
MOST_ATTEMPTS = 30_000  # PostgreSQL counts to 32,767 here, and others are to follow
A_DAY = timedelta(days=1)  # no two clocks are as far apart


def _in_utc(moment: datetime) -> datetime:
    """As databases keep it. At the ends of time another zone's moment is none here, and one of ours is none for readers
    elsewhere: no page of the room could be drawn for them."""
    try:
        kept = moment.astimezone(UTC)
        _ = kept - A_DAY, kept + A_DAY
    except OverflowError:
        raise PydanticCustomError("moment", "Not every clock has this moment") from None
    return kept


def _to_be_seen(text: str) -> str:
    if not (line := markup.clean_line(text)):
        raise PydanticCustomError("line", "Nothing of it can be seen")
    return line


def _one_emoji(text: str) -> str:
    if not markup.is_emoji(text):
        raise PydanticCustomError("emoji", "This is not one emoji")
    return text


Line = Annotated[str, AfterValidator(markup.clean_line)]
Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
Emoji = Annotated[str, AfterValidator(_one_emoji)]
Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN.replace(r"\Z", "$"), max_length=32)]
Reactors = Annotated[list[Name], Field(max_length=MOST_PEOPLE)]
Slug = Annotated[str, StringConstraints(pattern=SLUG_PATTERN.replace(r"\Z", "$"), max_length=64)]
Count = Annotated[int, Field(ge=0, le=MOST, strict=True)]
Place = Annotated[int, Field(ge=1, le=MOST, strict=True)]

Switch = Annotated[bool, Field(strict=True)]


class PersonFile(BaseModel):
    name: Name
    kind: Literal["person", "assistant", "bot"]
    display_name: Line = Field("", max_length=80)


class MemberFile(BaseModel):
    name: Name
    role: Literal["owner", "member"]
    joined_at: Moment
    is_silent: Switch = False


class UsageFile(BaseModel):
    prompt: Count
    completion: Count


class AttemptFile(BaseModel):
    number: Annotated[int, Field(ge=1, le=MOST_ATTEMPTS, strict=True)]
    model: Line = Field("", max_length=120)
    finish: Line = Field("", max_length=20)
    usage: UsageFile | None = None
    error: Line | None = Field(None, max_length=20)
    started_at: Moment
    first_token_at: Moment | None = None
    ended_at: Moment | None = None
    answered_by: Name | None = None
    reasoning: str = Field("", max_length=LONGEST_TEXT)


class AttachmentFile(BaseModel):
    name: str = Field(max_length=LONGEST_NAME)


class MessageFile(BaseModel):
    sequence: Place
    author: Name
    created_at: Moment
    text: str = Field("", max_length=LONGEST_TEXT)
    edited_at: Moment | None = None
    deleted_at: Moment | None = None
    reply_to: Place | None = None
    status: Literal["queued", "streaming", "complete", "stopped", "failed", "interrupted"] = "complete"
    prompt: Place | None = None
    attempt: AttemptFile | None = None
    attachments: list[AttachmentFile] = Field(default_factory=list, max_length=50)
    reactions: dict[Emoji, Reactors] = Field(default_factory=dict, max_length=MOST_EMOJI)


class AboutRoom(BaseModel):
    slug: Slug
    name: Annotated[str, AfterValidator(_to_be_seen), StringConstraints(max_length=80)]
    kind: Literal["public", "private", "direct"]
    topic: Line = Field("", max_length=300)
    instructions: str = Field("", max_length=4000)
    answering_assistant: Name | None = None
    has_assistants: Switch = True
    created_at: Moment
    archived_at: Moment | None = None


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
