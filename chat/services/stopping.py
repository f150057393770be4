"""Stopping what assistants write: one reply, or all that somebody is behind. The writing itself is ``chat.replies``."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from time import monotonic, sleep

import structlog
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from chat import events, metrics, usage
from chat.exceptions import Forbidden, NotAMember, NotFound, NotRunning
from chat.models import Assistant, Attempt, Message, Reply, Room, User
from chat.models.replies import ReplyQuerySet
from chat.replies.ledger import interrupt_earlier, tokens_of

log = structlog.get_logger(__name__)

LONGEST_WAIT_SECONDS, LOOK_SECONDS = 1.0, 0.05


def stop_reply(*, message: Message, by: User) -> None:
    """Stop a reply, from any tab or process. What is written stays.

    :raises NotRunning: it has ended already.
    :raises Forbidden: neither who asked, nor an owner of the room, nor staff.
    """
    with events.changing(message.room_id) as room:
        reply = reply_for(message, room, by)
        if not may_stop(reply, by):
            raise Forbidden(_("Only those who asked and the room's owners can stop a reply."))
        _stop(room, reply, by)


def await_end(message: Message) -> None:
    """Whoever writes it hears at once that it is to stop, and ends it within moments, or never: they may have died."""
    until = monotonic() + LONGEST_WAIT_SECONDS
    while Reply.objects.filter(message=message, is_open=True).exists() and monotonic() < until:
        sleep(LOOK_SECONDS)


def stop_all(*, by: User) -> None:
    """Everything that is being written: staff switch assistants off."""
    _stop_each(Reply.objects.running(*Message.RUNNING), by)


def stop_all_in(room: Room, by: User, *, assistant: Assistant | None = None) -> None:
    """Everything that is being written in this room, or what this assistant answers there, by the transaction that ends
    it: a process that is killed right behind it would leave them to go on. Needs the room's lock."""
    running = _answered_by(assistant, room) if assistant else Reply.objects.running(*Message.RUNNING, room=room.pk)
    replies = Reply.objects.to_steer().filter(pk__in=list(running.values_list("pk", flat=True)), is_open=True)
    held = list(replies.select_for_update(of=("self",)).order_by("pk"))  # as they are saved and renewed
    waiting = [reply for reply in held if not reply.lease_owner]
    usage.hold(list(Attempt.objects.filter(reply__in=waiting, status=Message.Status.STREAMING)))
    for reply in held:
        reply.message.room = room
        _stop(room, reply, by)


def stop_answers_of(assistant: Assistant, *, by: User | None = None) -> None:
    """It is switched off. What it writes stops, and what waits for it, whoever's message that is."""
    _stop_each(_answered_by(assistant), by or assistant.user)


def stop_questions_of(person: User, *, by: User | None = None) -> None:
    """Their account is closed. Nobody goes on at their cost."""
    _stop_each(Reply.objects.running(*Message.RUNNING).filter(asker=person), by or person)


def may_stop(reply: Reply, user: User) -> bool:
    """Who asked in the first place, who asked for this attempt, the room's owners, and staff."""
    if user.is_staff or user.pk in (reply.asker_id, reply.prompt.author_id):
        return True
    membership = reply.message.room.membership_of(user)
    return membership is not None and membership.is_owner


def end_by_deletion(*messages: Message) -> None:
    """Deleted messages are written by nobody. Needs the room's lock.

    :param messages: in the order of their replies: so these are held where they are saved and renewed.
    """
    running = [message for message in messages if message.is_reply and message.is_running]
    for message in running:
        # First of all: who claims it in this moment holds it before the counters, too.
        Reply.objects.filter(message=message).update(is_open=False, lease_owner="", lease_expires_at=None)
    begun = Attempt.objects.filter(reply__message__in=running, reply__current=F("pk")).select_related("reply__message")
    attempts = list(begun) if running else []
    if len(attempts) > 1:
        usage.hold(attempts)
    for attempt in attempts:
        _end_attempt(attempt)
    for message in running:
        message.status = Message.Status.STOPPED
        events.after_commit(events.reply_stop_wanted, message.reply.pk)


def _end_attempt(attempt: Attempt) -> None:
    """Its writer will find the lease lost, and end nothing any more. The message may show words of an earlier one."""
    cost = usage.conclude_attempt(attempt.pk, written_tokens=tokens_of(attempt), was_stopped=True)
    is_open = Attempt.objects.filter(pk=attempt.pk, status=Message.Status.STREAMING)
    if is_open.update(status=Message.Status.STOPPED, finish="stopped", ended_at=timezone.now(), cost=cost):
        transaction.on_commit(partial(_note_end, attempt, attempt.reply.message.room_id), robust=True)


def _note_end(attempt: Attempt, room_id: int) -> None:
    """As its writer would, where there is none, or it may say nothing any more."""
    metrics.REPLIES_ENDED.add("stopped")
    log.info(
        "reply_ended", reply=attempt.reply_id, attempt=attempt.number, room=room_id, status="stopped", reason="stopped"
    )


def end_waiting_answers(message: Message, by: User) -> None:
    """Who waits to answer a message that is deleted is not asked any more. Needs the room's lock."""
    for answer in Message.objects.filter(reply__prompt=message, reply__is_open=True, reply__lease_owner=""):
        with suppress(NotFound):  # it is deleted itself
            _stop(message.room, _held(answer, message.room), by)


def reply_for(message: Message, room: Room, by: User) -> Reply:
    """The reply of this message, if this person has a say in the room: its members, and staff.

    It is held: whoever claims it in this moment has done so before, or finds it changed.
    """
    reply = _held(message, room)
    if not room.gives_say_to(by):
        raise NotAMember
    return reply


def _held(message: Message, room: Room) -> Reply:
    held = Reply.objects.to_steer().select_for_update(of=("self",))
    reply = held.filter(message=message, message__room=room).first()
    if reply is None:
        raise NotFound
    reply.message.room = room
    return reply


def _answered_by(assistant: Assistant, room: Room | None = None) -> ReplyQuerySet:
    """While nobody writes one, whoever is asked is to answer it; then whoever the attempt says."""
    running = Reply.objects.running(*Message.RUNNING, room=room.pk if room else None)
    running = running.annotate(asked=Coalesce("answerer", "assistant"))
    writer = Coalesce("current__answered_by", "assistant")
    is_theirs = Q(lease_owner="", asked=assistant.pk) | (~Q(lease_owner="") & Q(writer=assistant.pk))
    return running.annotate(writer=writer).filter(is_theirs)


def _stop_each(replies: ReplyQuerySet, by: User) -> None:
    """In many rooms, so each by a transaction of its own behind the one that switches them off. That marks them: where
    this process is killed in between, whoever writes one, or takes one up, ends it."""
    with transaction.atomic():
        held = replies.select_for_update(of=("self",), no_key=True).order_by("pk")  # as they are saved and renewed
        marked = list(held.values_list("pk", flat=True))
        Reply.objects.filter(pk__in=marked).update(stopped_by=by)
        transaction.on_commit(partial(_end_each, marked, by))


def _end_each(marked: list[int], by: User) -> None:
    """First what waits: it would else be begun in the place of what was just stopped."""
    running = Message.objects.filter(reply__in=marked, reply__is_open=True).order_by("reply__lease_owner")
    for message in running.only("room"):
        with suppress(NotRunning, NotFound), events.changing(message.room_id) as room:  # it ended meanwhile
            reply = _held(message, room)
            if reply.stopped_by_id is not None:  # else it ended, and somebody else is asked for it by now
                _stop(room, reply, by)


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


def _end_unstarted(room: Room, reply: Reply) -> None:
    interrupt_earlier(reply)  # a server that ended in order has handed it back
    now = timezone.now()
    reply.attempt += 1
    attempt = Attempt.objects.create(
        reply=reply, number=reply.attempt, status=Message.Status.STOPPED, finish="stopped", started_at=now, ended_at=now
    )
    reply.is_open, reply.current = False, attempt
    reply.save(update_fields=["is_open", "current", "attempt", "stopped_by"])
    change(room, reply, Message.Status.STOPPED, reply.attempt)
    events.after_commit(events.reply_ended, reply.message, attempt)
    transaction.on_commit(partial(_note_end, attempt, room.pk), robust=True)


def change(room: Room, reply: Reply, status: str, attempt: int) -> None:
    message = reply.message
    message.status, message.attempt_number, message.revision = status, attempt, room.take_revision()
    message.save(update_fields=["status", "attempt_number", "revision"])
    events.after_commit(events.message_updated, message)
