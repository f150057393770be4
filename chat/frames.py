"""One socket frame per event, in both dialects: JSON, and HTML for what is shown (``templates/chat/frames/``)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import Any

from django.template import Context
from django.template.loader import get_template
from django.utils.safestring import mark_safe

from chat import wire
from chat.models import Message, Room

_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
_PLACE = re.compile("\ue000([0-9]+)\ue000")
MOST_CAST_PIECES = 3  # an announcement with more of them is rare


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


def plain(**data: Any) -> Frame:
    """An event that shows nothing by itself: JSON in both dialects."""
    return Frame(dumps(data))


def html(name: str, context: dict[str, Any]) -> str:
    template: Any = get_template(f"chat/frames/{name}.html")
    # Numbers in a frame are for machines: to ask for each how the reader's country writes it takes a fifth of the time.
    rendered: str = template.template.render(Context(context, use_l10n=False))
    return rendered.strip()


def message_created(message: Message) -> Frame:
    return _message("message.created", "message_created", message, wire.message(message))


def message_updated(message: Message) -> Frame:
    return _message("message.updated", "message_updated", message, wire.message(message))


def message_deleted(message: Message) -> Frame:
    return _message("message.deleted", "message_deleted", message, wire.tombstone(message))


def message_changed(message: Message, since: int) -> Frame:
    """What a client that stands at revision ``since`` needs to know of this message."""
    if message.is_deleted:
        return message_deleted(message)
    return message_created(message) if message.created_revision > since else message_updated(message)


def room_changed(room: Room, members: int, revision: int) -> Frame:
    return Frame(
        dumps({"type": "room", "revision": revision, "room": wire.room(room, members)}),
        html("room_changed", {"room": room, "member_count": members, "revision": revision}),
    )


def reply_grew(
    message_id: int, attempt: int, sequence: int, content: str, pieces: Sequence[Mapping[str, Any]]
) -> Frame:
    data = {"message_id": message_id, "attempt": attempt, "sequence": sequence}
    return Frame(
        dumps({"type": "token", "message": message_id, "attempt": attempt, "sequence": sequence, "content": content}),
        _grown(data, pieces),
    )


def _grown(data: Mapping[str, int], pieces: Sequence[Mapping[str, Any]]) -> str:
    """As the template draws it, which is asked once for each form of it: a reply grows twenty times a second, and more
    than half of what a frame cost was finding its way through the template."""
    if len(pieces) > MOST_CAST_PIECES:
        return html("reply_grew", {**data, "pieces": pieces})
    values = [str(number) for number in data.values()]
    for piece in pieces:
        values += str(piece["index"]), piece["html"] or "", escape(piece["text"] or "")
    form = tuple((piece["html"] is not None, bool(piece["is_open"]), bool(piece["text"])) for piece in pieces)
    drawn = list(_cast(tuple(data), form))
    drawn[1::2] = [values[int(place)] for place in drawn[1::2]]
    return "".join(drawn)


@cache
def _cast(names: Sequence[str], form: Sequence[tuple[bool, bool, bool]]) -> tuple[str, ...]:
    """What stands between the values, and at every second place the number of the value that belongs there."""
    places = (mark_safe(f"\ue000{number}\ue000") for number in range(len(names) + 3 * len(form)))
    data: dict[str, Any] = {name: next(places) for name in names}
    pieces = []
    for has_html, is_open, has_text in form:
        index, block, text = next(places), next(places), next(places)
        piece = {"index": index, "html": block if has_html else None, "is_open": is_open, "text": text}
        pieces.append(piece if has_text else {**piece, "text": None})
    return tuple(_PLACE.split(html("reply_grew", {**data, "pieces": pieces})))


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
        html("reply_started", data | {"blocks": blocks}),
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
        html("reply_thought", data | {"start": start, "seconds": seconds, "age": age}),
    )


def _message(kind: str, template: str, message: Message, body: Mapping[str, Any]) -> Frame:
    shown = html(template, {"message": message, "revision": message.revision})
    return Frame(dumps({"type": kind, "revision": message.revision, "message": body}), shown)
