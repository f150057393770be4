"""To be read by programs, and by ``manage.py importroom``. The shape is told in docs/export.md."""

from __future__ import annotations

import json
from collections.abc import Container, Iterable
from typing import Any

from chat import wire
from chat.models import Attachment, Attempt, Membership, Message, Room, User
from chat.services.exporting.files import Chosen, shown_attempt

FORMAT = "chat-room"
VERSION = 1


class JsonFile:
    """One person, one member, one message to a line."""

    ending = "json"
    content_type = "application/json"
    apology = ""  # without its end it is no JSON

    def __init__(self, chosen: Chosen) -> None:
        self._chosen = chosen
        self._is_first = True
        self._named: frozenset[int] = frozenset()

    def head(self) -> str:
        room = self._chosen.room
        members = list(room.memberships.select_related("user").order_by("user__username"))
        people = self._people(members)
        self._named = frozenset(user.pk for user in people)
        return (
            f'{{"format":"{FORMAT}","version":{VERSION},\n"room":{_line(room_json(room))},\n'
            f'"people":[{_lines(map(person_json, people))}],\n"members":[{_lines(map(member_json, members))}],\n'
            f'"messages":['
        )

    def message(self, message: Message) -> str:
        separator = "\n" if self._is_first else ",\n"
        self._is_first = False
        told = message_json(message, has_reasoning=self._chosen.has_reasoning, named=self._named)
        return f"{separator}{_line(told)}"

    def foot(self) -> str:
        return "\n]}\n"

    def _people(self, members: Iterable[Membership]) -> list[User]:
        """Everybody who is named in the file."""
        room, said = self._chosen.room, self._chosen.messages()
        ids = set(said.order_by().values_list("author", flat=True).distinct())
        ids |= set(said.order_by().values_list("reply__current__answered_by__user", flat=True).distinct()) - {None}
        ids |= {row.user_id for row in members} | self._reactors()
        if room.answering_assistant is not None:
            ids.add(room.answering_assistant.user_id)
        return list(User.objects.filter(pk__in=ids).order_by("username"))

    def _reactors(self) -> set[int]:
        reacted = self._chosen.messages().order_by().filter(reactions__isnull=False)
        kept = reacted.values_list("reactions", flat=True).iterator(chunk_size=500)
        return {user for reactions in kept for _emoji, people in reactions or () for user in people}


def room_json(room: Room) -> dict[str, Any]:
    answering = room.answering_assistant
    told: dict[str, Any] = {
        "slug": room.slug,
        "name": room.name,
        "kind": room.kind,
        "topic": room.topic,
        "instructions": room.instructions,
        "answering_assistant": answering.slug if answering is not None else None,
        "created_at": precise(room.created_at),
        "archived_at": precise(room.archived_at),
    }
    return told if room.has_assistants else {**told, "has_assistants": False}


def person_json(user: User) -> dict[str, Any]:
    return {"name": user.username, "kind": user.kind, "display_name": user.display_name}


def member_json(row: Membership) -> dict[str, Any]:
    told: dict[str, Any] = {"name": row.user.username, "role": row.role, "joined_at": precise(row.joined_at)}
    return {**told, "is_silent": True} if row.is_silent else told


def message_json(message: Message, *, has_reasoning: bool, named: Container[int]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "sequence": message.sequence,
        "author": message.author.username,
        "created_at": precise(message.created_at),
    }
    if message.is_deleted:
        return {**told, "deleted_at": precise(message.deleted_at)}
    told["text"] = message.text
    if message.edited_at is not None:
        told["edited_at"] = precise(message.edited_at)
    if message.reply_to is not None:
        told["reply_to"] = message.reply_to.sequence
    if message.files:
        told["attachments"] = [attachment_json(file) for file in message.files]
    if reactions := reactions_json(message, named):
        told["reactions"] = reactions
    if message.is_reply:
        told["status"] = message.status
        told["prompt"] = message.reply.prompt.sequence
        if (attempt := shown_attempt(message)) is not None:
            told["attempt"] = attempt_json(attempt, has_reasoning=has_reasoning, named=named)
    return told


def reactions_json(message: Message, named: Container[int]) -> dict[str, list[str]]:
    """Without those who came while the file was being read already."""
    found = {emoji: [user.username for user in people if user.pk in named] for emoji, people in message.reacted}
    return {emoji: names for emoji, names in found.items() if names}


def attachment_json(file: Attachment) -> dict[str, Any]:
    """What it is; its bytes are not in the file."""
    told: dict[str, Any] = {"name": file.name, "type": file.media_type, "size": file.size, "sha256": file.sha256}
    if file.is_picture:
        told |= {"width": file.width, "height": file.height}
    return told


def attempt_json(attempt: Attempt, *, has_reasoning: bool, named: Container[int]) -> dict[str, Any]:
    """Who stood in while the file was being read already is not among its people, and not named."""
    told: dict[str, Any] = {
        "number": attempt.number,
        "model": attempt.model,
        "finish": attempt.finish,
        "usage": wire.usage(attempt),
        "error": attempt.error_kind or None,
        "started_at": precise(attempt.started_at),
        "first_token_at": precise(attempt.first_token_at),
        "ended_at": precise(attempt.ended_at),
    }
    if attempt.answered_by is not None and attempt.answered_by.user_id in named:
        told["answered_by"] = attempt.answered_by.slug
    if has_reasoning and attempt.reasoning:
        told["reasoning"] = attempt.reasoning
    return told


def _line(told: dict[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def _lines(told: Iterable[dict[str, Any]]) -> str:
    return "".join(f"{',' if number else ''}\n{_line(one)}" for number, one in enumerate(told))


def precise(moment: Any) -> str | None:
    """As it is stored: what is imported again is the same moment."""
    return moment.isoformat().replace("+00:00", "Z") if moment is not None else None
