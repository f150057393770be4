from __future__ import annotations

from chat import events
from chat.exceptions import Forbidden, NotFound
from chat.models import Attachment, Message, RemoteConversation, User
from chat.services.attachments import forget_files
from chat.services.messages import delete_message, may_delete


def delete_file(*, attachment: Attachment, by: User) -> None:
    """Take one file out of a message, everywhere at once. A message that was nothing else is deleted.

    :raises Forbidden: neither its author, nor an owner of the room, nor staff.
    """
    with events.changing(attachment.message.room_id) as room:
        message = Message.objects.whole().filter(pk=attachment.message_id, deleted_at__isnull=True).first()
        if message is None or not any(file.pk == attachment.pk for file in message.files):
            raise NotFound
        if not may_delete(message, by):
            raise Forbidden
        if not message.text and len(message.files) == 1:
            delete_message(message=message, by=by)
            return
        message.room = room
        message.revision = room.take_revision()
        message.save(update_fields=["revision"])
        forget_files(Attachment.objects.filter(pk=attachment.pk))
        message.carry([file for file in message.files if file.pk != attachment.pk])
        RemoteConversation.objects.forget(message)
        events.after_commit(events.message_updated, message)
        room.keep()
