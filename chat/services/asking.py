"""Asking an assistant from a program: a message in a room, and the one reply to wait for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from chat import events
from chat.exceptions import AssistantUnavailable, NotFound
from chat.models import Assistant, Message, Reply, Room, User
from chat.models.rooms import is_slug
from chat.services.messages import post_message
from chat.services.rooms import direct_room


@dataclass(frozen=True, slots=True)
class Asked:
    room: Room
    reply: Message


def ask(
    *, by: User, text: str, room: str | None = None, assistant: str | None = None, client_id: UUID | None = None
) -> Asked:
    """Say something, and be answered by this assistant.

    Without a room: in the direct room of the two. Without an assistant: by the one that answers in the room, else by
    the site's default. Nothing is said if nobody would answer. The same ``client_id`` is the same question for ever,
    whoever would answer by now.

    :raises NotFound: no such room or assistant.
    :raises AssistantUnavailable: it is switched off, or not in this room.
    """
    asked_in = _visible(room, by) if room is not None else None
    if client_id is not None and (earlier := _asked_before(client_id, by, asked_in, assistant)):
        events.room_in_doubt(earlier.room.pk, earlier.room.revision)  # as where a message is sent again
        return earlier
    answerer = _answerer(assistant, asked_in)
    if asked_in is None:
        asked_in = direct_room(by=by, others=[answerer.user])
    posted = post_message(room=asked_in, author=by, text=text, client_id=client_id, ask=answerer)
    asked = _asked(assistant, prompt=posted.message)  # by a rival, it may be: just now, and of another one
    if asked is None:  # this client id was used before, for another question
        raise AssistantUnavailable(_("With this client_id somebody else was asked."))
    return asked


def _visible(slug: str, by: User) -> Room:
    if not is_slug(slug):
        raise NotFound
    room = Room.objects.visible_to(by).select_related("answering_assistant__user").filter(slug=slug).first()
    if room is None:
        raise NotFound
    return room


def _asked_before(client_id: UUID, by: User, room: Room | None, assistant: str | None) -> Asked | None:
    """The same question, in this room, or in one of the direct rooms of whoever asks."""
    rooms = [room.pk] if room is not None else _direct_rooms_of(by)
    return _asked(assistant, prompt__room__in=rooms, prompt__author=by, prompt__client_id=client_id)


def _direct_rooms_of(person: User) -> list[int]:
    """Asked for by themselves: within the query of the question PostgreSQL reads all that this person ever said."""
    return list(Room.objects.joined_by(person).filter(direct_key__isnull=False).values_list("pk", flat=True))


def _asked(assistant: str | None, **question: Any) -> Asked | None:
    """Of this assistant, if one is named. Whom a question is for is the first of those whom it asks."""
    replies = Reply.objects.filter(**question).select_related("message__room")
    if assistant is not None:
        replies = replies.filter(assistant__in=Assistant.objects.named(assistant))
    reply = min(replies, key=lambda each: each.pk, default=None)
    return Asked(reply.message.room, reply.message) if reply is not None else None


def _answerer(slug: str | None, room: Room | None) -> Assistant:
    if slug is None and room is not None and room.answering_assistant is not None:
        return room.answering_assistant
    name = settings.DEFAULT_ASSISTANT if slug is None else slug
    found = Assistant.objects.named(name).select_related("user").first()
    if found is None:
        raise NotFound(_("There is no such assistant."))
    if not found.is_on:
        raise AssistantUnavailable
    return found
