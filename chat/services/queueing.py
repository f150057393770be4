"""Asking assistants. Asking again is ``chat.services.replies``, stopping ``chat.services.stopping``, the writing itself
``chat.replies``."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from chat import events
from chat.exceptions import AssistantUnavailable
from chat.models import Assistant, Message, Reply, Room, SiteSettings, User
from chat.prepared import Given, PreparedInsert, PreparedRows, columns_of, instances_of
from chat.replies.addressing import addressed
from chat.replies.worker import wake


def queue_replies(
    *, room: Room, prompt: Message, mentions: tuple[int, ...], ask: Assistant | None = None
) -> list[Message]:
    """A queued message for each assistant that is asked. Needs the room's lock.

    :raises AssistantUnavailable: ``ask`` does not answer here.
    """
    queued = _queue_each(room, prompt, mentions, ask)
    if ask is not None and ask.user_id not in {message.author_id for message in queued}:
        raise AssistantUnavailable(_("This assistant does not answer in this room."))
    return queued


def _queue_each(room: Room, prompt: Message, mentions: tuple[int, ...], ask: Assistant | None) -> list[Message]:
    is_anybody_asked = mentions or ask or room.answering_assistant_id is not None or room.is_direct
    if not room.has_assistants or not is_anybody_asked:
        return []
    members = _answering_in(room)
    asked = addressed(
        author_kind=prompt.author.kind,
        members={assistant.pk: assistant.user_id for assistant in members},
        mentions=mentions,
        answering=room.answering_assistant_id if _answer_unasked(room, prompt.author) else None,
        is_direct=room.is_direct and not prompt.author.hides_assistants,
        ask=ask.pk if ask is not None else None,
    )
    by_id = {assistant.pk: assistant for assistant in members}
    queued = [_queue(room, prompt, by_id[pk]) for pk in asked]
    if queued:
        transaction.on_commit(wake, robust=True)
    return queued


def _answering_in(room: Room) -> list[Assistant]:
    found = []
    for row in MEMBERS.all(room=room.pk):
        assistant, assistant.user = instances_of(row, Assistant, User)
        found.append(assistant)
    return found


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
    message.insert()
    turn = Reply.objects.next_turn(asker=prompt.author, assistant=assistant)
    NEW_REPLY.insert(Reply(message=message, assistant=assistant, prompt=prompt, asker=prompt.author, turn=turn))
    events.after_commit(events.message_created, message)
    return message


MEMBERS = PreparedRows(
    lambda: Assistant.objects.answering_in(Given("room")).values_list(
        *columns_of(Assistant), *columns_of(User, "user__")
    )
)
NEW_REPLY = PreparedInsert(lambda: Reply)
