from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.translation import gettext as _

from chat import events, markup, metrics
from chat.exceptions import EmptyMessage, Forbidden, NotFound, TooLong
from chat.models import Assistant, Attachment, Attempt, Membership, Message, RemoteConversation, Room, User
from chat.services.attachments import forget_files, kept_for, require_sendable
from chat.services.chats import retitle_by_edit, untitle_by_deletion
from chat.services.mentions import link_mentions, mentionable, unlink_mentions, who_hears
from chat.services.stopping import end_by_deletion, end_waiting_answers
from chat.services.storing import Checked, Posted, store


def post_message(
    *,
    room: Room,
    author: User,
    text: str,
    client_id: UUID | None = None,
    reply_to: int | None = None,
    ask: Assistant | None = None,
    files: Sequence[UploadedFile[Any]] = (),
) -> Posted:
    """Say something in a room, once, and wake the assistants it addresses.

    Sending the same ``client_id`` again returns the first message as it is now, and what was uploaded again is thrown
    away. With ``ask`` nothing is said if this assistant would not answer.

    :raises NotAMember: the author may not post here.
    :raises EmptyMessage: nothing but white space, and no file.
    :raises TooLong: over 16,000 characters.
    :raises FilesRefused: too many files, or too large ones. :raises FilesUsedUp: too much in a day.
    :raises DiskFull: no room for them.
    :raises RoomArchived: the room is closed for writing.
    :raises NotFound: ``reply_to`` is no message of this room.
    :raises AssistantUnavailable: ``ask`` does not answer here.
    """
    text = checked_text(text, may_be_empty=bool(files))
    require_sendable(files)
    body = rendered(text)
    with events.together(), kept_for(files, by=author) as kept, events.changing(room.pk) as room:
        # A rival with the same client id has waited for the room.
        (posted,) = store(room, [Checked(author, text, body, client_id, reply_to, ask, kept)])
    metrics.POSTS.add(posted.is_new)
    return posted


def rendered(text: str) -> markup.Rendered:
    """Before any lock: hostile input holds up its author only."""
    return markup.render(text, mentionable(text))


def edit_message(*, message: Message, by: User, text: str) -> Message:
    """Change one's own words.

    :raises Forbidden: they are somebody else's.
    :raises EmptyMessage: nothing but white space, and no file is left.
    :raises NotFound: the message is deleted, or its room is not theirs.
    """
    text = checked_text(text, may_be_empty=True)
    body = rendered(text)
    with events.changing(message.room_id) as room:
        message = _own(message, by)
        room.require_open()
        if not (text or message.files):  # they may have been taken out a moment ago
            raise EmptyMessage
        if message.text == text:
            return message
        message.room = room
        changed = retitle_by_edit(room, message, text)
        message.text, message.html, message.markup_version = text, body.html, markup.VERSION
        message.edited_at, message.revision = timezone.now(), room.take_revision()
        message.save(update_fields=["text", "html", "markup_version", "edited_at", "revision"])
        told = who_hears(message, body.mentions)
        before = unlink_mentions(message, but=body.mentions)
        link_mentions(message, tuple(user for user in body.mentions if user not in before))
        RemoteConversation.objects.forget(message)
        newly = tuple(user for user in told if user not in before)
        events.after_commit(events.message_updated, message, newly, before.difference(body.mentions))
        room.keep(*changed)
    return message


def delete_message(*, message: Message, by: User) -> Message:
    """Leave a tombstone: the place and the number stay, the words are gone, everywhere.

    :raises Forbidden: neither its author, nor an owner of the room, nor staff.
    """
    with events.changing(message.room_id) as room:
        message = present_message(message)
        if not may_delete(message, by):
            raise Forbidden
        message.room = room
        end_by_deletion(message)
        end_waiting_answers(message, by)
        changed = untitle_by_deletion(room, message)
        message.text, message.html, message.reactions = "", "", None
        message.deleted_at, message.deleted_by = timezone.now(), by
        message.revision = room.take_revision()
        message.save(update_fields=["text", "html", "reactions", "deleted_at", "deleted_by", "revision", "status"])
        named = unlink_mentions(message)
        RemoteConversation.objects.forget(message)
        if message.is_reply:
            Attempt.objects.filter(reply__message=message).take_back_words()
        forget_files(Attachment.objects.filter(message=message))
        events.after_commit(events.message_deleted, message, named)
        room.keep(*changed)
    return message


def may_delete(message: Message, user: User) -> bool:
    if user.is_staff or message.author_id == user.pk:
        return True
    return Membership.objects.filter(room=message.room_id, user=user, role=Membership.Role.OWNER).exists()


def mark_read(*, room: Room, user: User, sequence: int) -> int | None:
    """Move one's own pointer forward. It never goes back, and never past the end.

    Where it moved, all the person's tabs are told; where it did not, it is returned.
    """
    membership = Membership.objects.select_related("room").filter(room=room, user=user).first()
    if membership is None:
        return None
    if membership.read_up_to(min(sequence, membership.room.last_sequence)):
        events.after_commit(events.read_moved, room, user, membership.last_read_sequence)
        return None
    return membership.last_read_sequence


def checked_text(text: str, *, may_be_empty: bool = False) -> str:
    text = markup.clean_text(text).strip("\n").rstrip()
    if not text.strip() and not may_be_empty:
        raise EmptyMessage
    if len(text) > markup.TEXT_LIMIT:
        raise TooLong
    return text


def present_message(message: Message) -> Message:
    """The row as it is now, under the room's lock."""
    present = Message.objects.whole().filter(pk=message.pk, deleted_at__isnull=True).first()
    if present is None:
        raise NotFound
    return present


def _own(message: Message, by: User) -> Message:
    message = present_message(message)
    if not Room.objects.visible_to(by).filter(pk=message.room_id).exists():
        raise NotFound
    if message.author_id != by.pk:
        raise Forbidden(_("Only the author can change a message."))
    return message
