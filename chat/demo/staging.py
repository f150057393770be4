"""A room is opened, and what is to be said there is said, in order and with its date."""

from __future__ import annotations

import zlib
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from django.db import transaction

from chat.demo import answering, drawing
from chat.demo.household import Household
from chat.demo.people import VIEWER
from chat.demo.script import Line, Place
from chat.models import Membership, Message, Reply, Room
from chat.services.chats import new_chat
from chat.services.memberships import add_member
from chat.services.messages import delete_message, edit_message, mark_read, post_message
from chat.services.reactions import toggle_reaction
from chat.services.rooms import archive_room, create_room, direct_room

NAMESPACE = UUID("6f0d3c1e-5b0a-5d55-9d6e-6f0a3a8f2b11")
MOST_UNREAD = 9
A_MOMENT = timedelta(seconds=20)


def furnish(place: Place, people: Household, now: datetime) -> int:
    """How many messages were said: all, or none if something has been said there before.

    One transaction, so that nobody answers in the middle of it and a room is never half full.
    """
    with transaction.atomic():
        room = _open(place, people)
        if room.last_sequence:
            return 0
        conversation = Conversation(room, place.key, people, now)
        for scene in place.scenes:
            conversation.go_on_at(scene.begins(now))
            for line in scene.lines:
                conversation.say(line)
        room.refresh_from_db()
        _date(room)
        _read(room, people, place.unread)
        if place.is_archived:
            archive_room(room=room, by=None)
            last = Message.objects.in_room(room).newest(1)[0]
            Room.objects.filter(pk=room.pk).update(archived_at=last.created_at + timedelta(days=1))
        return room.last_sequence


class Conversation:
    """One room while it is being talked in. Its time never goes back, and never past now.

    ``NAME`` quotes the line of this key, ``NAME:answer`` the first answer to it.
    """

    def __init__(self, room: Room, key: str, people: Household, now: datetime) -> None:
        self._room = room
        self._key = key
        self._people = people
        self._now = now
        self._at = datetime.min.replace(tzinfo=now.tzinfo)
        self._said: dict[str, Message] = {}
        self._count = 0

    def go_on_at(self, moment: datetime) -> None:
        self._at = max(self._at, moment - timedelta(minutes=1))

    def say(self, line: Line) -> None:
        self._at = min(self._now, self._at + max(timedelta(minutes=line.after), A_MOMENT))
        self._count += 1
        message = self._post(line)
        if line.key:
            self._said[line.key] = message
        if line.answers:
            self._answer(message, line)
        self._change(message, line)

    def _post(self, line: Line) -> Message:
        message, _ = post_message(
            room=self._room,
            author=self._people[line.by],
            text=line.draft or line.text,
            client_id=client_id(self._key, self._count),
            reply_to=self._said[line.quotes].pk if line.quotes else None,
            files=[drawing.file(name) for name in line.files],
        )
        message.created_at = self._at  # what is announced carries it, too
        Message.objects.filter(pk=message.pk).update(created_at=self._at)
        return message

    def _answer(self, message: Message, line: Line) -> None:
        asker, ended, replies = message.author, [], replies_to(message)
        self._said[f"{line.key}:answer"] = replies[0].message
        for reply, answer in zip(replies, line.answers, strict=True):
            began = self._at + timedelta(seconds=1)
            ended.append(answering.give(reply.message, answer, asker=asker, people=self._people, at=began))
        self._at = min(self._now, max(ended))

    def _change(self, message: Message, line: Line) -> None:
        later = min(self._now, self._at + timedelta(minutes=2))
        if line.draft:
            edit_message(message=message, by=message.author, text=line.text)
            Message.objects.filter(pk=message.pk).update(edited_at=later)
        for reaction in line.reactions:
            emoji, *names = reaction.split()
            for name in names:
                toggle_reaction(message=message, by=self._people[name], emoji=emoji)
        if line.is_deleted:
            delete_message(message=message, by=message.author)
            Message.objects.filter(pk=message.pk).update(deleted_at=later)


def client_id(key: str, number: int) -> UUID:
    return uuid5(NAMESPACE, f"{key} {number}")


def replies_to(message: Message) -> list[Reply]:
    return list(Reply.objects.filter(prompt=message).select_related("message").order_by("message__sequence"))


def _open(place: Place, people: Household) -> Room:
    """As it is, if it is there; otherwise the first of its members owns it."""
    if place.direct:
        first, *others = (people[name] for name in place.direct)
        return direct_room(by=first, others=others)
    room = Room.objects.filter(slug=place.slug).first()
    if room is None and place.chat:
        return _open_chat(place, people)
    if room is None:
        owner = people[place.members[0]]
        room = create_room(by=owner, name=place.name, slug=place.slug, kind=place.kind, topic=place.topic)
    for name in place.members:
        add_member(room=room, by=None, user=people[name])
    return Room.objects.get(pk=room.pk)


def _open_chat(place: Place, people: Household) -> Room:
    """At an address of its own, by which it is found again."""
    room = new_chat(by=people[place.members[0]], assistant=people[place.chat].assistant)
    Room.objects.filter(pk=room.pk).update(slug=place.slug)
    return Room.objects.get(pk=room.pk)


def _date(room: Room) -> None:
    """The room was there, and people in it, before the first word."""
    first = Message.objects.in_room(room).order_by("sequence").first()
    if first is not None:
        before = first.created_at - timedelta(hours=1)
        Room.objects.filter(pk=room.pk).update(created_at=before)
        Membership.objects.filter(room=room).update(joined_at=before)


def _read(room: Room, people: Household, unread: int) -> None:
    """The viewer has not seen the last so many; the others are a little behind, each as much as always."""
    for member in room.memberships.select_related("user"):
        name = member.user.username
        if name in people:
            behind = unread if name == VIEWER else zlib.crc32(f"{room.name} {name}".encode()) % MOST_UNREAD
            mark_read(room=room, user=member.user, sequence=max(0, room.last_sequence - behind))
