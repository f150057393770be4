"""What is said, made into rows under the room's lock. Texts are looked at before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from django.utils.translation import gettext as _

from chat import events, markup
from chat.exceptions import NotFound
from chat.models import Assistant, Message, Room, User
from chat.models.messages import Sent
from chat.services.attachments import KeptFiles, name_files
from chat.services.chats import title_by_first_words
from chat.services.memberships import Door
from chat.services.mentions import link_mentions, who_hears
from chat.services.queueing import queue_replies


class Posted(NamedTuple):
    message: Message
    is_new: bool


@dataclass(frozen=True, slots=True)
class Checked:
    """Words that may be said, cleaned and rendered, with what came along."""

    author: User
    text: str
    body: markup.Rendered
    client_id: UUID | None = None
    reply_to: int | None = None
    ask: Assistant | None = None
    kept: KeptFiles = field(default_factory=KeptFiles)

    @property
    def sent(self) -> Sent | None:
        return None if self.client_id is None else (self.author.pk, self.client_id)


def store(room: Room, said: Sequence[Checked]) -> list[Posted]:
    """All of them, in this order, or none. What was sent before is found again.

    Needs the lock, and writes the room's numbers.
    """
    earlier = Message.objects.sent_as(room, {each.sent for each in said if each.sent})
    door = Door(room, [each.author for each in said])
    posted = [_posted(room, door, each, earlier) for each in said]
    new = [(each, message) for each, (message, is_new) in zip(said, posted, strict=True) if is_new]
    Message.objects.insert_all([message for _, message in new])
    for each, message in new:
        name_files(message, each.kept)
        link_mentions(message, each.body.mentions)
    for each, message in new:
        queue_replies(room=room, prompt=message, mentions=each.body.mentions, ask=each.ask)
    door.close()
    room.keep()
    return posted


def _posted(room: Room, door: Door, said: Checked, earlier: dict[Sent, Message]) -> Posted:
    """With its place in the room, and announced after those before it; not inserted yet."""
    sent = said.sent
    if sent in earlier:
        # Whoever stored it may have died before telling it.
        events.after_commit(events.room_in_doubt, room.pk, earlier[sent].revision)
        return Posted(earlier[sent], is_new=False)
    room.require_open()
    membership = door.admit(said.author)
    quoted = _quoted(room, said.reply_to)
    if not said.author.is_assistant and (titled := title_by_first_words(room, said.text)):
        room.keep(*titled)
    message = _message(room, door.person(said.author), said, quoted)
    door.has_said(membership, message.sequence)
    events.after_commit(events.message_created, message, who_hears(message, said.body.mentions))
    if sent:
        earlier[sent] = message
    return Posted(message, is_new=True)


def _message(room: Room, author: User, said: Checked, quoted: Message | None) -> Message:
    revision = room.take_revision()
    return Message(
        room=room,
        author=author,
        sequence=room.take_sequence(),
        revision=revision,
        created_revision=revision,
        client_id=said.client_id,
        reply_to=quoted,
        text=said.text,
        html=said.body.html,
        markup_version=markup.VERSION,
    )


def _quoted(room: Room, message_id: int | None) -> Message | None:
    if message_id is None:
        return None
    quoted = Message.objects.in_room(room).select_related("author").filter(pk=message_id).first()
    if quoted is None:
        raise NotFound(_("The message you answer is not in this room."))
    return quoted
