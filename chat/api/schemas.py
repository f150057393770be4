"""The shapes that come in and go out. What they mean is for the services to judge."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Field, Schema
from pydantic import BeforeValidator

MOST = 2**63 - 1  # what a database's integer holds


def _no_truth(value: Any) -> Any:
    """JSON's true is no number, though Python's is 1."""
    if isinstance(value, bool):
        raise ValueError("this must be a number")  # noqa: TRY004 - what pydantic makes a refusal of
    return value


# The bounds first: behind a reader of ours they are described by no word of JSON Schema's.
Number = Annotated[int, Field(ge=0, le=MOST), BeforeValidator(_no_truth)]


class RoomIn(Schema):
    name: str = Field(max_length=80)
    slug: str = Field("", max_length=64, description="Its address; without one it follows from the name.")
    kind: Literal["public", "private"] = "public"
    topic: str = Field("", max_length=300)


class RoomOut(Schema):
    slug: str
    name: str
    kind: Literal["public", "private", "direct"]
    topic: str
    archived: bool
    members: int
    sequence: int = Field(description="The place of its newest message.")
    revision: int = Field(description="The number of its newest change.")
    role: Literal["owner", "member"] | None = Field(description="Yours; null if you are no member.")
    last_read: int | None = Field(description="How far you have read; null if you are no member.")
    unread: int


class RoomsOut(Schema):
    rooms: list[RoomOut]
    more: bool = Field(description="Go on with `after` the last one's slug.")


class MessageIn(Schema):
    text: str = Field(description="Markdown, at most 16,000 characters.")
    client_id: UUID | None = Field(None, description="The same one again returns the first message: safe to repeat.")
    reply_to: Number | None = Field(None, description="The id of a message of this room.")


class TextIn(Schema):
    text: str


class PersonOut(Schema):
    id: int
    name: str


class AuthorOut(PersonOut):
    kind: Literal["person", "assistant", "bot"]


class AttachmentOut(Schema):
    id: int
    name: str
    type: str = Field(description="As the server found it, whatever its sender said.")
    size: int = Field(description="Bytes.")
    width: int | None = Field(description="Of a picture; null for any other file.")
    height: int | None
    url: str
    preview_url: str | None = Field(description="A smaller picture of a large one.")


class MessageOut(Schema):
    id: int
    sequence: int
    author: AuthorOut
    text: str
    html: str
    created_at: str
    edited_at: str | None
    deleted_at: str | None = Field(description="Not null: only this tombstone is left.")
    reply_to: int | None
    status: Literal["queued", "streaming", "complete", "stopped", "failed", "interrupted"]
    attempt: int | None = Field(description="A reply's newest attempt; null for what people write.")
    reactions: dict[str, list[PersonOut]] = Field(description="Who, by emoji, in the order they came.")
    attachments: list[AttachmentOut]


class MessagesOut(Schema):
    messages: list[MessageOut]
    revision: int
    more: bool


class UsageOut(Schema):
    prompt: int
    completion: int
    total: int


class ChatIn(Schema):
    message: str = Field(description="Markdown, at most 16,000 characters.")
    room: str | None = Field(None, description="Its slug; without it, your own direct room with the assistant.")
    assistant: str | None = Field(
        None, description="Its slug; without it, the one that answers in the room, else the site's default."
    )
    client_id: UUID | None = Field(None, description="The same one again is the same question: safe to repeat.")


class ChatOut(Schema):
    room: str
    message: MessageOut = Field(description="The reply.")
    usage: UsageOut | None


class FailedChatOut(Schema):
    """A reply that failed is in the room, too; `room`, `message` and `usage` are not there if nothing was said."""

    code: str
    detail: str
    retryable: bool = False
    room: str = ""
    message: MessageOut | None = None
    usage: UsageOut | None = None


class FailureOut(Schema):
    code: str
    detail: str


class RetryIn(Schema):
    assistant: str | None = Field(None, description="Another assistant of the room, to be asked instead.")


class AttemptOut(Schema):
    number: int
    status: Literal["queued", "streaming", "complete", "stopped", "failed", "interrupted"]
    reason: str | None = Field(description="Why it ended, as in `control` `end`; `error` if it failed.")
    assistant: str = Field(description="Who wrote it: not always the author of the message.")
    continues: bool = Field(description="Its text begins with that of an attempt before.")
    text: str
    reasoning: str = Field("", description="What the model thought, if `?reasoning=1` asked for it.")
    model: str
    usage: UsageOut | None
    cost: float | None = Field(description="In US dollars, where it is known.")
    error: FailureOut | None
    fallback: FailureOut | None = Field(description="Why somebody else answered than was asked.")


class AttemptsOut(Schema):
    attempts: list[AttemptOut]


class AssistantOut(Schema):
    slug: str
    name: str
    emoji: str
