from __future__ import annotations

from django.utils.translation import gettext as _

from chat import events, markup
from chat.exceptions import Invalid, StillRunning
from chat.models import Message, User
from chat.models.reactions import MOST_EMOJI, MOST_PEOPLE, Kept, toggled
from chat.services.memberships import admit
from chat.services.messages import present_message


def toggle_reaction(*, message: Message, by: User, emoji: str) -> Message:
    """Say what one thinks of a message with one emoji, or take that back.

    :raises Invalid: this is not one emoji, or there are too many already.
    :raises NotAMember: they may not write here. :raises RoomArchived:
    :raises NotFound: the message is deleted. :raises StillRunning: it is a reply that is being written.
    """
    if not markup.is_emoji(emoji):
        raise Invalid(_("A reaction is one emoji."))
    with events.changing(message.room_id) as room:
        message = present_message(message)
        room.require_open()
        admit(room, by)
        if message.is_running:
            raise StillRunning
        message.room = room
        message.react(_bounded(toggled(message.reactions or [], emoji, by.pk)) or None)
        message.revision = room.take_revision()
        message.save(update_fields=["reactions", "revision"])
        events.after_commit(events.message_updated, message)
        room.keep()
    return message


def _bounded(reactions: Kept) -> Kept:
    if len(reactions) > MOST_EMOJI:
        raise Invalid(_("There are enough different reactions here. Join one of them."))
    if any(len(people) > MOST_PEOPLE for _emoji, people in reactions):
        raise Invalid(_("Enough people say so already."))
    return reactions
