"""Chats: private rooms that one person opens to talk about one thing with an assistant."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from chat import events, markup
from chat.exceptions import AssistantUnavailable, Forbidden
from chat.models import (
    Assistant,
    Attachment,
    Attempt,
    Membership,
    Mention,
    Message,
    RemoteConversation,
    Room,
    SiteSettings,
    User,
)
from chat.models.rooms import UNTITLED
from chat.services.attachments import forget_files
from chat.services.memberships import enter_all, require_owner
from chat.services.stopping import end_by_deletion

DELETED = "Deleted chat"


def default_assistant() -> Assistant | None:
    """Whom a chat is with where nobody is chosen: the site's default, or else the first one there is."""
    enabled = Assistant.objects.enabled().select_related("user").order_by("user__username")
    return enabled.filter(user__username=settings.DEFAULT_ASSISTANT).first() or enabled.first()


def new_chat(*, by: User, assistant: Assistant) -> Room:
    """A room for the two of them. The newest one is taken again if nothing has been said in it.

    :raises AssistantUnavailable: switched off, or hidden by whoever asks.
    """
    _require_answers(by, assistant)
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=by.pk)  # a double click opens one
        newest = Room.objects.chats_of(by).filter(chat_with=assistant).order_by("-pk").first()
        return newest if newest and _is_untouched(newest, by) else _open(by, assistant)


def title_by_first_words(room: Room, text: str) -> tuple[str, ...]:
    """Name a new chat by what is asked in it first; the fields to keep. Needs the room's lock.

    Where assistants make the titles (``CHAT_TITLES``), one is asked after its first reply.
    """
    title = markup.title(text) if room.is_untitled and room.name == UNTITLED else ""
    if not title:
        return ()
    return _call(room, title, is_untitled=settings.CHAT_TITLES == "assistant")


def untitle_by_deletion(room: Room, message: Message) -> tuple[str, ...]:
    """A chat that is called by what is deleted is called by what is asked next; the fields to keep. Needs the room's
    lock."""
    return _call(room, UNTITLED, is_untitled=True) if _is_called_by(message, room) else ()


def retitle_by_edit(room: Room, message: Message, text: str) -> tuple[str, ...]:
    """And one that is called by words which are other ones now, by these; the fields to keep. Needs the room's lock."""
    title = markup.title(text)
    if not _is_called_by(message, room) or title == room.name:
        return ()
    return _call(room, title or UNTITLED, is_untitled=room.is_untitled or not title)


def _is_called_by(message: Message, room: Room) -> bool:
    return room.is_chat and room.name == markup.title(message.text)


def _call(room: Room, name: str, *, is_untitled: bool) -> tuple[str, ...]:
    room.name, room.is_untitled = name, is_untitled
    room.mark_changed()
    events.after_commit(events.room_changed, room)
    events.after_commit(events.room_listed, room)
    return ("name", "is_untitled")


def delete_chat(*, room: Room, by: User) -> None:
    """Take back every word of it, for good, and be rid of it. What is being written in it stops.

    :raises Forbidden: not its owner, or a room that is no chat.
    """
    with events.changing(room.pk) as room:
        require_owner(room, by)
        if not room.is_chat:
            raise Forbidden(_("Only a chat can be deleted. A room can be archived."))
        _stop_replies(room)
        _take_back_words(room, by)
        _leave_nobody(room)
        room.name, room.topic, room.instructions = DELETED, "", ""
        room.is_untitled, room.archived_at = False, timezone.now()
        room.mark_changed()
        room.keep("name", "topic", "instructions", "is_untitled", "archived_at")


def _require_answers(by: User, assistant: Assistant) -> None:
    """Nobody opens a chat in which nobody would answer."""
    if by.hides_assistants:
        raise AssistantUnavailable(_("You have hidden assistants. Your account page shows them again."))
    if not SiteSettings.current().has_assistants:
        raise AssistantUnavailable(_("Assistants are switched off on this site."))
    if not Assistant.objects.enabled().filter(pk=assistant.pk).exists():
        raise AssistantUnavailable


def _is_untouched(chat: Room, by: User) -> bool:
    """As it was when it was opened: nothing said, nothing set, nobody brought in."""
    assert chat.chat_with is not None
    is_as_set = chat.is_untitled and chat.has_assistants and chat.answering_assistant_id == chat.chat_with_id
    people = set(chat.memberships.filter(is_silent=False).values_list("user_id", flat=True))
    is_empty = chat.last_sequence == 0 and not chat.topic and not chat.instructions and not chat.is_archived
    return is_empty and is_as_set and people == {by.pk, chat.chat_with.user_id}


def _open(by: User, assistant: Assistant) -> Room:
    room = Room(
        slug=f"chat-{secrets.token_hex(6)}",
        name=UNTITLED,
        kind=Room.Kind.PRIVATE,
        chat_with=assistant,
        answering_assistant=assistant,
        is_untitled=True,
    )
    room.save(force_insert=True)
    enter_all(room, [by], Membership.Role.OWNER)
    enter_all(room, [assistant.user], Membership.Role.MEMBER)
    room.keep()
    return room


def _stop_replies(room: Room) -> None:
    running = Message.objects.in_room(room).filter(status__in=Message.RUNNING, deleted_at__isnull=True)
    messages = list(running.select_related("reply").order_by("reply"))
    end_by_deletion(*messages)
    for message in messages:
        message.save(update_fields=["status"])


def _take_back_words(room: Room, by: User) -> None:
    """Tombstones, as ``delete_message`` leaves them, by one statement: each still has a number of its own."""
    Message.objects.in_room(room).update(
        text="",
        html="",
        reactions=None,
        deleted_at=timezone.now(),
        deleted_by=by,
        revision=room.revision + F("sequence"),
    )
    room.revision += room.last_sequence
    Attempt.objects.filter(reply__message__room=room).take_back_words()
    Mention.objects.filter(room=room).delete()
    forget_files(Attachment.objects.filter(message__room=room))
    RemoteConversation.objects.filter(room=room).delete()


def _leave_nobody(room: Room) -> None:
    members = list(room.memberships.values_list("user_id", flat=True))
    room.memberships.all().delete()
    User.objects.filter(last_room=room).update(last_room=None)
    for user_id in members:
        events.after_commit(events.membership_changed, room.pk, user_id, joined=False)
    events.after_commit(events.access_changed, room_id=room.pk)
