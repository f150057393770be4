"""A reply on its way: it has no revision until it ends, only attempts and token sequences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chat import frames, wire
from chat.events.announcing import in_room, to_room
from chat.events.carriers import Announcement
from chat.events.publisher import SITE, publish, room_group
from chat.models import Attempt, Message


def reply_started(message: Message, *, attempt: int, assistant: str, prompt: int) -> None:
    frame = frames.reply_started(message.pk, attempt, 0, assistant=assistant, prompt=prompt, content="", blocks=[])
    facts = {"message": message.pk, "attempt": attempt, "assistant": assistant, "prompt": prompt}
    to_room(message.room_id, "start", frame, revision=message.revision, **facts)


def growth(
    room_id: int, message_id: int, attempt: int, sequence: int, content: str, pieces: Sequence[Mapping[str, Any]]
) -> Announcement:
    """One frame's worth of a reply: what is published, and what is kept for late joiners."""
    frame = frames.reply_grew(message_id, attempt, sequence, content, pieces)
    return in_room(
        room_id,
        "token",
        frame,
        message=message_id,
        attempt=attempt,
        sequence=sequence,
        content=content,
        pieces=list(pieces),
    )


def regrowth(
    room_id: int,
    message_id: int,
    attempt: int,
    sequence: int,
    content: str,
    pieces: Sequence[Mapping[str, Any]],
    *,
    assistant: str,
    prompt: int,
) -> Announcement:
    """The same where everything shown so far gives way: clients are told to start anew at this frame."""
    blocks = [{**piece, "html": piece["html"] or "", "tail": piece["text"] or ""} for piece in pieces]
    frame = frames.reply_started(
        message_id, attempt, sequence, assistant=assistant, prompt=prompt, content=content, blocks=blocks
    )
    grown = growth(room_id, message_id, attempt, sequence, content, pieces)
    return {**grown, "json": frame.json, "html": frame.html, "is_anew": True}


def thinking(room_id: int, message_id: int, attempt: int, *, content: str, sequence: int, start: int) -> Announcement:
    """One frame's worth of what a reply's model thinks: it follows ``start`` characters of earlier ones."""
    frame = frames.reply_thought(message_id, attempt, sequence, content, start=start)
    return in_room(
        room_id,
        "reasoning",
        frame,
        message=message_id,
        attempt=attempt,
        sequence=sequence,
        content=content,
        start=start,
    )


def reply_grew(room_id: int, growths: Sequence[Announcement]) -> None:
    """All replies of a room that grew in the same moment leave as one announcement."""
    publish(room_group(room_id), {"kind": "tokens", "room": room_id, "growths": list(growths)})


def reply_ended(message: Message, attempt: Attempt) -> None:
    publish(room_group(message.room_id), ending(message, attempt))


def ending(message: Message, attempt: Attempt) -> Announcement:
    """How a reply ended, by what is stored: whoever has not heard it finds the same."""
    data: dict[str, object] = {"reason": attempt.finish, "usage": wire.usage(attempt), "revision": message.revision}
    if attempt.error_kind:
        data = {
            "code": attempt.error_kind,
            "detail": message.reply.problem,
            "retryable": attempt.is_retryable,
            "revision": message.revision,
        }
    action = "error" if attempt.error_kind else "end"
    frame = frames.plain(type="control", action=action, message=message.pk, attempt=attempt.number, data=data)
    facts = {"message": message.pk, "attempt": attempt.number, "revision": message.revision}
    return in_room(message.room_id, "end", frame, **facts)


def reply_stop_wanted(reply_id: int, attempt: int | None = None) -> None:
    """To whoever writes it. Heard late, it must not stop the next attempt; without a number there will be none."""
    publish(SITE, {"kind": "stop", "reply": reply_id, "attempt": attempt})
