"""Asking an assistant from a program: a message in a room, and the one reply to wait for."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

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
    the site's default. Nothing is said if nobody would answer. The same ``client_id`` is the same question.

    :raises NotFound: no such room or assistant.
    :raises AssistantUnavailable: it is switched off, or not in this room.
    """
    asked_in = _visible(room, by) if room is not None else None
    answerer = _answerer(assistant, asked_in)
    if asked_in is None:
        asked_in = direct_room(by=by, others=[answerer.user])
    posted = post_message(room=asked_in, author=by, text=text, client_id=client_id, ask=answerer)
    reply = Reply.objects.select_related("message").filter(prompt=posted.message, assistant=answerer).first()
    if reply is None:  # this client id was used before, for another question
        raise AssistantUnavailable(_("With this client_id somebody else was asked."))
    return Asked(posted.message.room, reply.message)


def _visible(slug: str, by: User) -> Room:
    if not is_slug(slug):
        raise NotFound
    room = Room.objects.visible_to(by).select_related("answering_assistant__user").filter(slug=slug).first()
    if room is None:
        raise NotFound
    return room


def _answerer(slug: str | None, room: Room | None) -> Assistant:
    if slug is None and room is not None and room.answering_assistant is not None:
        return room.answering_assistant
    name = settings.DEFAULT_ASSISTANT if slug is None else slug
    found = Assistant.objects.named(name).select_related("user").first()
    if found is None:
        raise NotFound(_("There is no such assistant."))
    if not (found.enabled and found.user.is_active):
        raise AssistantUnavailable
    return found
