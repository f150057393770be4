"""One socket frame per event, in both dialects: JSON, and HTML for what is shown."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chat import drawing, wire
from chat.models import Message, Room

_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
_string = json.encoder.encode_basestring  # as `_encode` writes one


@dataclass(frozen=True, slots=True)
class Frame:
    """The same event twice. ``html`` is None where the HTML dialect speaks JSON too."""

    json: str
    html: str | None = None

    @property
    def shown(self) -> str:
        """As the HTML dialect sends it."""
        return self.json if self.html is None else self.html

    def addressed(self, client_id: str) -> Frame:
        """As its author's sockets hear it: with the client id they sent (a UUID, safe in both dialects)."""
        shown = (
            None if self.html is None else self.html.replace("<chat-frame ", f'<chat-frame client-id="{client_id}" ', 1)
        )
        return Frame(f'{self.json[:-1]},"client_id":"{client_id}"}}', shown)


def texts_of(frames: Iterable[Frame], *, is_html: bool) -> tuple[str, ...]:
    """As sockets of one dialect are sent them."""
    return tuple(frame.shown if is_html else frame.json for frame in frames)


def dumps(data: Mapping[str, Any]) -> str:
    return _encode(data)


_PLACE = "\ue000"
_TOKEN = dumps({"type": "token", "message": _PLACE, "attempt": _PLACE, "sequence": _PLACE, "content": _PLACE})
_TOKEN = _TOKEN.replace(f'"{_PLACE}"', "%s")


def plain(**data: Any) -> Frame:
    """An event that shows nothing by itself: JSON in both dialects."""
    return Frame(dumps(data))


def message_created(message: Message) -> Frame:
    return _message("message.created", drawing.created(message), message, wire.message(message))


def message_updated(message: Message) -> Frame:
    return _message("message.updated", _drawn("message_updated", message), message, wire.message(message))


def message_deleted(message: Message) -> Frame:
    return _message("message.deleted", _drawn("message_deleted", message), message, wire.tombstone(message))


def message_changed(message: Message, since: int) -> Frame:
    """What a client that stands at revision ``since`` needs to know of this message."""
    if message.is_deleted:
        return message_deleted(message)
    return message_created(message) if message.created_revision > since else message_updated(message)


def room_changed(room: Room, members: int, revision: int) -> Frame:
    return Frame(
        dumps({"type": "room", "revision": revision, "room": wire.room(room, members)}),
        drawing.html("room_changed", {"room": room, "member_count": members, "revision": revision}),
    )


def reply_grew(
    message_id: int, attempt: int, sequence: int, content: str, pieces: Sequence[Mapping[str, Any]]
) -> Frame:
    """Both filled in: a reply grows twenty times a second."""
    data = {"message_id": message_id, "attempt": attempt, "sequence": sequence}
    return Frame(_TOKEN % (message_id, attempt, sequence, _string(content)), drawing.grown(data, pieces))


def reply_started(
    message_id: int,
    attempt: int,
    sequence: int,
    *,
    assistant: str,
    prompt: int,
    content: str,
    blocks: Sequence[Mapping[str, Any]],
) -> Frame:
    facts = {"assistant": assistant, "prompt": prompt, "sequence": sequence, "content": content}
    data = {"message_id": message_id, "attempt": attempt, "sequence": sequence}
    return Frame(
        dumps({"type": "control", "action": "start", "message": message_id, "attempt": attempt, "data": facts}),
        drawing.html("reply_started", data | {"blocks": blocks}),
    )


def reply_thought(
    message_id: int,
    attempt: int,
    sequence: int,
    content: str,
    *,
    start: int = 0,
    seconds: float | None = None,
    age: int = 0,
) -> Frame:
    """What a model thinks, behind ``start`` characters; ``seconds`` if it is over, ``age`` while it goes on."""
    data = {"message_id": message_id, "attempt": attempt, "sequence": sequence, "content": content}
    return Frame(
        dumps(
            {"type": "reasoning", "message": message_id, "attempt": attempt, "sequence": sequence, "content": content}
        ),
        drawing.html("reply_thought", data | {"start": start, "seconds": seconds, "age": age}),
    )


def _message(kind: str, shown: str, message: Message, body: Mapping[str, Any]) -> Frame:
    return Frame(dumps({"type": kind, "revision": message.revision, "message": body}), shown)


def _drawn(template: str, message: Message) -> str:
    return drawing.html(template, {"message": message, "revision": message.revision})
