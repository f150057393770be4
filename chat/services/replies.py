"""Asking assistants, and stopping or retrying what they write. The writing itself is ``chat.replies``."""

from __future__ import annotations

from contextlib import suppress

from django.db import transaction
from django.utils import timezone

from chat import events, usage
from chat.exceptions import AssistantUnavailable, NotAMember, NotFound, NotRunning, StillRunning
from chat.models import Assistant, Attempt, Message, Reply, Room, SiteSettings, User
from chat.replies.addressing import addressed
from chat.replies.ledger import tokens_in
from chat.replies.worker import wake


def queue_replies(*, room: Room, prompt: Message, mentions: tuple[int, ...]) -> list[Message]:
    """A queued message for each assistant that is asked. Needs the room's lock."""
    if not room.has_assistants or (not mentions and room.answering_assistant_id is None and not room.is_direct):
        return []
    members = Assistant.objects.answering_in(room).select_related("user")
    asked = addressed(
        author_kind=prompt.author.kind,
        members={assistant.pk: assistant.user_id for assistant in members},
        mentions=mentions,
        answering=room.answering_assistant_id if _answer_unasked(room, prompt.author) else None,
        is_direct=room.is_direct and not prompt.author.hides_assistants,
    )
    by_id = {assistant.pk: assistant for assistant in members}
    queued = [_queue(room, prompt, by_id[pk]) for pk in asked]
    if queued:
        transaction.on_commit(wake)
    return queued


def stop_reply(*, message: Message, by: User) -> None:
    """Stop a reply, from any tab or process. What is written stays.

    :raises NotRunning: it has ended already.
    """
    with transaction.atomic():
        room = Room.objects.lock(message.room_id)
        reply = _reply_for(message, room, by)
        if not reply.is_open:
            raise NotRunning
        reply.stopped_by = by
        if reply.lease_owner:  # somebody writes it: they end it
            reply.save(update_fields=["stopped_by"])
            events.after_commit(events.reply_stop_wanted, reply.pk)
        else:
            _end_unstarted(room, reply)
        room.keep()


def stop_all(*, by: User, room: Room | None = None) -> int:
    """Everything that is being written, or in this room: staff and owners switch assistants off."""
    running = Message.objects.filter(reply__is_open=True, deleted_at__isnull=True)
    stopped = 0
    for message in running if room is None else running.in_room(room):
        with suppress(NotRunning, NotFound):  # it ended meanwhile
            stop_reply(message=message, by=by)
            stopped += 1
    return stopped


def retry_reply(*, message: Message, by: User) -> None:
    """Another attempt at the same message. Nothing of the earlier ones is overwritten.

    :raises StillRunning:
    :raises AssistantUnavailable:
    """
    with transaction.atomic():
        room = Room.objects.lock(message.room_id)
        room.require_open()
        reply = _reply_for(message, room, by)
        if reply.is_open:
            raise StillRunning
        if not Assistant.objects.enabled().filter(pk=reply.assistant_id).exists():
            raise AssistantUnavailable
        reply.is_open, reply.stopped_by, reply.takeovers, reply.lease_owner = True, None, 0, ""
        reply.save(update_fields=["is_open", "stopped_by", "takeovers", "lease_owner"])
        _change(room, reply, Message.Status.QUEUED, reply.attempt + 1)
        room.keep()
        transaction.on_commit(wake)


def end_by_deletion(message: Message) -> None:
    """A deleted message is written by nobody. Needs the room's lock."""
    if message.is_reply and message.is_running:
        if message.reply.current_id:
            usage.conclude_attempt(message.reply.current_id, written_tokens=tokens_in(message.text))
        Reply.objects.filter(message=message).update(is_open=False, lease_owner="", lease_expires_at=None)
        message.status = Message.Status.STOPPED
        events.after_commit(events.reply_stop_wanted, message.reply.pk)


def _answer_unasked(room: Room, author: User) -> bool:
    """Switched off on the site, only those who are meant say that they cannot answer."""
    if room.answering_assistant_id is None or author.hides_assistants:
        return False
    return SiteSettings.current().has_assistants


def _queue(room: Room, prompt: Message, assistant: Assistant) -> Message:
    revision = room.take_revision()
    message = Message(
        room=room,
        author=assistant.user,
        sequence=room.take_sequence(),
        revision=revision,
        created_revision=revision,
        status=Message.Status.QUEUED,
        attempt_number=1,
    )
    message.save(force_insert=True)
    Reply.objects.create(message=message, assistant=assistant, prompt=prompt, asker=prompt.author)
    events.after_commit(events.message_created, message)
    return message


def _reply_for(message: Message, room: Room, by: User) -> Reply:
    """The reply of this message, if this person may steer it: members of the room, and staff."""
    replies = Reply.objects.select_related("message__author", "message__reply_to__author", "assistant__user", "current")
    reply = replies.filter(message=message, message__room=room, message__deleted_at__isnull=True).first()
    if reply is None:
        raise NotFound
    if not by.is_staff and room.membership_of(by) is None:
        raise NotAMember
    reply.message.room = room
    return reply


def _end_unstarted(room: Room, reply: Reply) -> None:
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
