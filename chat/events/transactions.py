"""How a room is changed: under its lock, by one transaction, and never with nobody the wiser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from chat.database import AWAY
from chat.events.rooms import room_in_doubt, site_in_doubt
from chat.models import Room


@contextmanager
def changing(room_id: int) -> Iterator[Room]:
    """The room, held until what is done within this is stored. A commit that is not answered may have happened all the
    same, and what it was to announce is lost: then whoever shows the room, or counts what is new in it, looks.

    :raises NotFound: there is no such room.
    """
    is_to_be_stored = False
    try:
        with transaction.atomic():
            yield Room.objects.lock(room_id)
            is_to_be_stored = True
    except AWAY:
        if is_to_be_stored:
            room_in_doubt(room_id)
            site_in_doubt()
        raise
