"""Asking again for what assistants wrote. Stopping it is ``chat.services.stopping``."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chat import events
from chat.exceptions import AssistantUnavailable, Forbidden, NotCutOff, NotFound, StillRunning
from chat.models import Assistant, Message, Reply, Room, User
from chat.replies.worker import wake
from chat.services.stopping import change, reply_for

REOPENED = "is_open", "stopped_by", "takeovers", "lease_owner", "asker", "answerer", "goes_on", "turn", "created_at"


def retry_reply(*, message: Message, by: User, assistant: str = "") -> None:
    """Another attempt at the same message; ``assistant`` names another assistant of the room that is to make it.

    Nothing of the earlier attempts is overwritten. Any member of the room may ask.

    :raises StillRunning:
    :raises NotFound: the question is deleted.
    :raises AssistantUnavailable: switched off, or not in this room.
    """
    with events.changing(message.room_id) as room:
        reply = _ended_reply(message, room, by)
        _reopen(room, reply, by, answerer=_called(assistant, room) if assistant else None)
        room.keep()


def continue_reply(*, message: Message, by: User) -> None:
    """An attempt that goes on where the words end, by whoever wrote them.

    :raises StillRunning:
    :raises NotCutOff: it came to its end, or there are no words yet.
    :raises AssistantUnavailable:
    """
    with events.changing(message.room_id) as room:
        reply = _ended_reply(message, room, by)
        begun = reply.begun
        if begun is None or not begun.is_cut_off:
            raise NotCutOff
        _reopen(room, reply, by, answerer=begun.answered_by, goes_on=True, stood_in=bool(begun.fallback_kind))
        room.keep()


def ask_again(*, message: Message, by: User) -> list[Message]:
    """New attempts of all that answered this message, as it is now: for who has changed their question.

    What is still being written is left to it.

    :raises NotFound: the message is deleted, or nobody was asked by it.
    :raises Forbidden: it is somebody else's question.
    :raises StillRunning: every answer is still being written.
    """
    with events.changing(message.room_id) as room:
        if message.author_id != by.pk:
            raise Forbidden(_("Only who asked can ask again."))
        replies = Reply.objects.to_steer().filter(prompt=message, prompt__deleted_at__isnull=True)
        asked = list(replies.order_by("message__sequence"))
        if not asked:
            raise NotFound(_("Nobody answered this message."))
        ended = [reply for reply in asked if not reply.is_open]
        if not ended:
            raise StillRunning
        room.require_open()
        room.require_member(by)
        for reply in ended:
            reply.message.room = room
            _reopen(room, reply, by)
        room.keep()
    return [reply.message for reply in ended]


def answerers(room: Room) -> list[Assistant]:
    """Whom one can ask here, the assistants of the room, by name."""
    return list(Assistant.objects.answering_in(room).select_related("user").order_by("user__username"))


def _ended_reply(message: Message, room: Room, by: User) -> Reply:
    """Needs the room's lock."""
    room.require_open()
    reply = reply_for(message, room, by)
    if reply.is_open:
        raise StillRunning
    return reply


def _reopen(
    room: Room,
    reply: Reply,
    by: User,
    *,
    answerer: Assistant | None = None,
    goes_on: bool = False,
    stood_in: bool = False,
) -> None:
    """Queue the next attempt. From now on ``by`` is who asked for it."""
    if reply.prompt.is_deleted:
        raise NotFound(_("What was asked here is deleted."))
    if answerer == reply.assistant:
        answerer = None
    wanted = answerer or reply.assistant
    _require_answers(room, wanted, stood_in=stood_in)
    reply.is_open, reply.stopped_by, reply.takeovers, reply.lease_owner = True, None, 0, ""
    reply.asker, reply.answerer, reply.goes_on = by, answerer, goes_on
    reply.turn = Reply.objects.next_turn(asker=by, assistant=wanted)
    reply.created_at = timezone.now()  # since when it waits
    reply.save(update_fields=REOPENED)
    change(room, reply, Message.Status.QUEUED, reply.attempt + 1)
    transaction.on_commit(wake, robust=True)


def _require_answers(room: Room, assistant: Assistant, *, stood_in: bool) -> None:
    """It may have been taken out of the room since, or told to be silent. Who stood in need never have been in it.

    :raises AssistantUnavailable:
    """
    if not Assistant.objects.enabled().filter(pk=assistant.pk).exists():
        raise AssistantUnavailable
    membership = room.membership_of(assistant.user)
    if membership.is_silent if membership is not None else not stood_in:
        raise AssistantUnavailable(_("This assistant does not answer in this room."))


def _called(name: str, room: Room) -> Assistant:
    found = next((assistant for assistant in answerers(room) if assistant.slug == name.casefold()), None)
    if found is None:
        raise AssistantUnavailable(_("This assistant does not answer in this room."))
    return found
