"""Where somebody looks, and by whom, in the keys that the database keeps beside the words."""

from __future__ import annotations

from dataclasses import dataclass

from chat.models import Room, User
from chat.search.terms import Wanted

MOST_ROOMS = 200  # that are named


@dataclass(frozen=True, slots=True)
class Place:
    """``rooms`` is None where there are too many to be named. This only spares the work of looking up every message in
    which the words are: what may be read is said by the query itself."""

    rooms: tuple[int, ...] | None
    author: int | None


def place_of(wanted: Wanted, reader: User) -> Place | None:
    """None if there is no such room or person for this reader."""
    rooms = Room.objects.visible_to(reader)
    if wanted.room:
        rooms = rooms.filter(slug=wanted.room)
    keys = tuple(rooms.values_list("pk", flat=True)[: MOST_ROOMS + 1])
    author = None
    if wanted.author:
        author = User.objects.filter(username=wanted.author).values_list("pk", flat=True).first()
    if not keys or (wanted.author and author is None):
        return None
    return Place(keys if len(keys) <= MOST_ROOMS else None, author)
