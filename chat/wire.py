"""The JSON of the public contract: what sockets, event streams and the API say about rows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from chat.models import Attachment, Attempt, Message, Room, User


class Person(TypedDict):
    id: int
    name: str


class Author(Person):
    kind: str


class RoomJson(TypedDict):
    slug: str
    name: str
    kind: str
    topic: str
    archived: bool
    members: int


class MessageJson(TypedDict):
    id: int
    sequence: int
    author: Author
    text: str
    html: str
    created_at: str
    edited_at: str | None
    deleted_at: str | None
    reply_to: int | None
    status: str
    attempt: int | None
    reactions: dict[str, list[Person]]
    attachments: list[AttachmentJson]


class AttachmentJson(TypedDict):
    id: int
    name: str
    type: str
    size: int
    width: int | None
    height: int | None
    url: str
    preview_url: str | None


class TombstoneJson(TypedDict):
    id: int
    sequence: int
    deleted_at: str


class UsageJson(TypedDict):
    prompt: int
    completion: int
    total: int


def moment(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def optional_moment(value: datetime | None) -> str | None:
    return moment(value) if value else None


def person(user: User) -> Person:
    return {"id": user.pk, "name": user.username}


def author(user: User) -> Author:
    return {"id": user.pk, "name": user.username, "kind": user.kind}


def message(row: Message) -> MessageJson:
    return {
        "id": row.pk,
        "sequence": row.sequence,
        "author": author(row.author),
        "text": row.text,
        "html": row.html,
        "created_at": moment(row.created_at),
        "edited_at": optional_moment(row.edited_at),
        "deleted_at": optional_moment(row.deleted_at),
        "reply_to": row.reply_to_id,
        "status": row.status,
        "attempt": row.attempt_number,
        "reactions": {emoji: [person(user) for user in people] for emoji, people in row.reacted},
        "attachments": [attachment(file) for file in row.files],
    }


def attachment(row: Attachment) -> AttachmentJson:
    return {
        "id": row.pk,
        "name": row.name,
        "type": row.media_type,
        "size": row.size,
        "width": row.width,
        "height": row.height,
        "url": row.get_absolute_url(),
        "preview_url": row.preview_url or None,
    }


def tombstone(row: Message) -> TombstoneJson:
    assert row.deleted_at is not None
    return {"id": row.pk, "sequence": row.sequence, "deleted_at": moment(row.deleted_at)}


def room(row: Room, members: int) -> RoomJson:
    return {
        "slug": row.slug,
        "name": row.name,
        "kind": row.kind,
        "topic": row.topic,
        "archived": row.is_archived,
        "members": members,
    }


def usage(attempt: Attempt) -> UsageJson | None:
    """Tokens as the provider counted them; None if it did not say."""
    if attempt.prompt_tokens is None and attempt.completion_tokens is None:
        return None
    prompt, completion = attempt.prompt_tokens or 0, attempt.completion_tokens or 0
    return {"prompt": prompt, "completion": completion, "total": prompt + completion}
