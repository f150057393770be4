"""A very long room, as fast as the database takes it: to see what pages, ``sync`` and queries cost in one.

Nothing is announced and nobody is asked. Each block is one transaction under the room's lock and takes the room's
numbers as posts, edits, deletions and replies would, so that what is there afterwards is a room in which all of it was
said. Pages that are open hear of it by number.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from chat.demo.blocks import Block, Calendar
from chat.demo.chatter import Chatter
from chat.exceptions import Forbidden
from chat.models import Assistant, Message, Room, User
from chat.services.assistants import save_assistant
from chat.services.memberships import add_member
from chat.services.people import create_person
from chat.services.rooms import create_room

BLOCK = 1000
PACE = timedelta(seconds=20)
PEOPLE = tuple(f"crowd-{number}" for number in range(1, 9))
ASSISTANT = "crowd-helper"


def open_crowded_room(slug: str, *, force: bool = False) -> Filling:
    """The room at this address, made if need be, with those who talk in it.

    :raises Forbidden: others have talked in it (``force`` allows it).
    """
    room = Room.objects.filter(slug=slug).first()
    if room and room.last_sequence and not force and not room.memberships.filter(user__username=PEOPLE[0]).exists():
        raise Forbidden(f"People have talked in {slug}, and what is added cannot be removed. Use another, or --force.")
    with transaction.atomic():
        people = [User.objects.filter(username=name).first() or create_person(name=name) for name in PEOPLE]
        assistant = Assistant.objects.filter(user__username=ASSISTANT).first()
        assistant = assistant or save_assistant(slug=ASSISTANT, provider="demo")[0]
        room = room or create_room(by=people[0], name=slug, slug=slug)
        for user in [*people, assistant.user]:
            add_member(room=room, by=None, user=user)
    return Filling(room, people, assistant)


class Filling:
    """One room while it is being filled; what is said depends on its numbers only."""

    def __init__(self, room: Room, people: Sequence[User], assistant: Assistant) -> None:
        self.room = room
        self._people = people
        self._assistant = assistant
        self._chatter = Chatter([user.username for user in people], assistant.slug)
        self._quotable: list[int] = []

    def until(self, count: int) -> Iterator[int]:
        """Fill it until it has so many messages; after each block, how many it has."""
        self.room.refresh_from_db()
        calendar = _calendar(self.room, count - self.room.last_sequence)
        while self.room.last_sequence < count:
            with transaction.atomic():
                self.room = Room.objects.lock(self.room.pk)
                self._fill(min(BLOCK, count - self.room.last_sequence), calendar)
            yield self.room.last_sequence

    def _fill(self, count: int, calendar: Calendar) -> None:
        dice = random.Random(self.room.last_sequence)
        block = Block(self.room, self._people, self._assistant, dice, calendar)
        block.talk(count, self._chatter, self._quotable)
        block.store()
        block.edit_an_old_one(self._chatter)
        self.room.keep()
        self._quotable = [row.pk for row in block.rows if not row.is_deleted]


def _calendar(room: Room, count: int) -> Calendar:
    """From the newest message on, or so that the last one of a new room is said now; never later than now."""
    now = timezone.now()
    newest = Message.objects.in_room(room).newest(1)
    if newest:
        return Calendar(newest[0].created_at, min(PACE, max(timedelta(0), now - newest[0].created_at) / max(1, count)))
    begin = now - PACE * count
    Room.objects.filter(pk=room.pk, created_at__gt=begin).update(created_at=begin)
    room.memberships.filter(joined_at__gt=begin).update(joined_at=begin)
    return Calendar(begin, PACE)
