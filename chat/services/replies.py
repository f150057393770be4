"""Stopping what assistants write, and asking for it again. The writing itself is ``chat.replies``."""

from __future__ import annotations

from contextlib import suppress

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from chat import events, usage
from chat.exceptions import (
    AssistantUnavailable,
    Forbidden,
    NotAMember,
    NotCutOff,
    NotFound,
    NotRunning,
    StillRunning,
)
from chat.models import Assistant, Attempt, Message, Reply, Room, User
from chat.replies.ledger import interrupt_earlier, tokens_in
from chat.replies.worker import wake


def stop_reply(*, message: Message, by: User) -> None:
    """Stop a reply, from any tab or process. What is written stays.

    :raises NotRunning: it has ended already.
    :raises Forbidden: neither who asked, nor an owner of the room, nor staff.
    """
    with transaction.atomic():
        room = Room.objects.lock(message.room_id)
        reply = _reply_for(message, room, by)
        if not may_stop(reply, by):
            raise Forbidden(_("Only those who asked and the room's owners can stop a reply."))
        _stop(room, reply, by)


def stop_all(*, by: User, room: Room | None = None) -> int:
    """Everything that is being written, or in this room: staff and owners switch assistants off."""
    replies = Reply.objects.running(*Message.RUNNING, room=room.pk if room else None)
    stopped = 0
    for message in Message.objects.filter(pk__in=list(replies.values_list("message", flat=True))):
        with suppress(NotRunning, NotFound):  # it ended meanwhile
            stop_reply(message=message, by=by)
            stopped += 1
    return stopped


def stop_answers_of(assistant: Assistant) -> None:
    """It is switched off. What it writes stops, and what waits for it, whoever's message that is."""
    for message_id in _answered_by(assistant):
        with transaction.atomic(), suppress(NotRunning, NotFound):  # it ended meanwhile
            message = Message.objects.get(pk=message_id)
            room = Room.objects.lock(message.room_id)
            _stop(room, _held(message, room), assistant.user)


def may_stop(reply: Reply, user: User) -> bool:
    """Who asked in the first place, who asked for this attempt, the room's owners, and staff."""
    if user.is_staff or user.pk in (reply.asker_id, reply.prompt.author_id):
        return True
    membership = reply.message.room.membership_of(user)
    return membership is not None and membership.is_owner


def retry_reply(*, message: Message, by: User, assistant: str = "") -> None:
    """Another attempt at the same message; ``assistant`` names another assistant of the room that is to make it.

    Nothing of the earlier attempts is overwritten. Any member of the room may ask.

    :raises StillRunning:
    :raises NotFound: the question is deleted.
    :raises AssistantUnavailable: switched off, or not in this room.
    """
    with transaction.atomic():
        room, reply = _ended_reply(message, by)
        _reopen(room, reply, by, answerer=_called(assistant, room) if assistant else None)
        room.keep()


def continue_reply(*, message: Message, by: User) -> None:
    """An attempt that goes on where the words end, by whoever wrote them.

    :raises StillRunning:
    :raises NotCutOff: it came to its end, or there are no words yet.
    :raises AssistantUnavailable:
    """
    with transaction.atomic():
        room, reply = _ended_reply(message, by)
        begun = reply.attempts.with_words().last()
        if begun is None or not begun.is_cut_off:
            raise NotCutOff
        _reopen(room, reply, by, answerer=begun.answered_by, goes_on=True)
        room.keep()


def ask_again(*, message: Message, by: User) -> list[Message]:
    """New attempts of all that answered this message, as it is now: for who has changed their question.

    What is still being written is left to it.

    :raises NotFound: the message is deleted, or nobody was asked by it.
    :raises Forbidden: it is somebody else's question.
    :raises StillRunning: every answer is still being written.
    """
    with transaction.atomic():
        room = Room.objects.lock(message.room_id)
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


def end_waiting_answers(message: Message, by: User) -> None:
    """Who waits to answer a message that is deleted is not asked any more. Needs the room's lock."""
    for answer in Message.objects.filter(reply__prompt=message, reply__is_open=True, reply__lease_owner=""):
        with suppress(NotFound):  # it is deleted itself
            _stop(message.room, _held(answer, message.room), by)


def end_by_deletion(message: Message) -> None:
    """A deleted message is written by nobody. Needs the room's lock."""
    if message.is_reply and message.is_running:
        # First of all: who claims it in this moment holds it before the counters, too.
        Reply.objects.filter(message=message).update(is_open=False, lease_owner="", lease_expires_at=None)
        reply, attempt = Reply.objects.values_list("pk", "current").get(message=message)
        if attempt:
            usage.conclude_attempt(attempt, written_tokens=tokens_in(message.text))
        message.status = Message.Status.STOPPED
        events.after_commit(events.reply_stop_wanted, reply)


def _reply_for(message: Message, room: Room, by: User) -> Reply:
    """The reply of this message, if this person has a say in the room: its members, and staff.

    It is held: whoever claims it in this moment has done so before, or finds it changed.
    """
    reply = _held(message, room)
    if not by.is_staff and room.membership_of(by) is None:
        raise NotAMember
    return reply


def _held(message: Message, room: Room) -> Reply:
    held = Reply.objects.to_steer().select_for_update(of=("self",))
    reply = held.filter(message=message, message__room=room).first()
    if reply is None:
        raise NotFound
    reply.message.room = room
    return reply


def _answered_by(assistant: Assistant) -> list[int]:
    """The messages: while nobody writes one, whoever is asked is to answer it; then whoever the attempt says."""
    running = Reply.objects.running(*Message.RUNNING).annotate(asked=Coalesce("answerer", "assistant"))
    writer = Coalesce("current__answered_by", "assistant")
    is_theirs = Q(lease_owner="", asked=assistant.pk) | (~Q(lease_owner="") & Q(writer=assistant.pk))
    return list(running.annotate(writer=writer).filter(is_theirs).values_list("message", flat=True))


def _stop(room: Room, reply: Reply, by: User) -> None:
    """Needs the room's lock, and the reply held."""
    if not reply.is_open:
        raise NotRunning
    reply.stopped_by = by
    if reply.lease_owner:  # somebody writes it: they end it
        reply.save(update_fields=["stopped_by"])
        events.after_commit(events.reply_stop_wanted, reply.pk, reply.attempt)
    else:
        _end_unstarted(room, reply)
    room.keep()


def _ended_reply(message: Message, by: User) -> tuple[Room, Reply]:
    """Takes the room's lock."""
    room = Room.objects.lock(message.room_id)
    room.require_open()
    reply = _reply_for(message, room, by)
    if reply.is_open:
        raise StillRunning
    return room, reply


def _reopen(room: Room, reply: Reply, by: User, *, answerer: Assistant | None = None, goes_on: bool = False) -> None:
    """Queue the next attempt. From now on ``by`` is who asked for it."""
    if reply.prompt.is_deleted:
        raise NotFound(_("What was asked here is deleted."))
    if answerer == reply.assistant:
        answerer = None
    wanted = answerer or reply.assistant
    if not Assistant.objects.enabled().filter(pk=wanted.pk).exists():
        raise AssistantUnavailable
    reply.is_open, reply.stopped_by, reply.takeovers, reply.lease_owner = True, None, 0, ""
    reply.asker, reply.answerer, reply.goes_on = by, answerer, goes_on
    reply.turn = Reply.objects.next_turn(asker=by, assistant=wanted)
    reply.save(
        update_fields=["is_open", "stopped_by", "takeovers", "lease_owner", "asker", "answerer", "goes_on", "turn"]
    )
    _change(room, reply, Message.Status.QUEUED, reply.attempt + 1)
    transaction.on_commit(wake, robust=True)


def _called(slug: str, room: Room) -> Assistant:
    found = next((assistant for assistant in answerers(room) if assistant.slug == slug), None)
    if found is None:
        raise AssistantUnavailable(_("This assistant does not answer in this room."))
    return found


def _end_unstarted(room: Room, reply: Reply) -> None:
    interrupt_earlier(reply)  # a server that ended in order has handed it back
    now = timezone.now()
    reply.attempt += 1
    attempt = Attempt.objects.create(
        reply=reply, number=reply.attempt, status=Message.Status.STOPPED, finish="stopped", started_at=now, ended_at=now
    )
    reply.is_open, reply.current = False, attempt
    reply.save(update_fields=["is_open", "current", "attempt", "stopped_by"])
    _change(room, reply, Message.Status.STOPPED, reply.attempt)
    events.after_commit(events.reply_ended, reply.message, attempt, "stopped")


def _change(room: Room, reply: Reply, status: str, attempt: int) -> None:
    message = reply.message
    message.status, message.attempt_number, message.revision = status, attempt, room.take_revision()
    message.save(update_fields=["status", "attempt_number", "revision"])
    events.after_commit(events.message_updated, message)
