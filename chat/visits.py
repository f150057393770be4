"""Who comes to a room, and what they see there: all that a connect asks of the database. All of this blocks."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from chat.access import Credentials, Identity, NoSuchRoom, SignedOut, Ticket, identities
from chat.models import Membership, Room, User
from chat.models.rooms import is_slug
from chat.prepared import PreparedAmong

ROOMS = PreparedAmong(lambda slugs: Room.objects.filter(slug__in=slugs).order_by())
MEMBERSHIPS = PreparedAmong(
    lambda users: Membership.objects.filter(user__in=users).values_list(
        "user_id", "room_id", "role", "last_read_sequence"
    )
)

Standing = tuple[str, int]  # role, and how far they have read
Standings = dict[int, Standing]  # by room


@dataclass(frozen=True, slots=True)
class Knock:
    """Somebody at the door of a room."""

    credentials: Credentials
    slug: str


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody looking at a room, as of the moment they came. Who came together shares what is the same: nobody may
    change it."""

    user: User
    room: Room
    ticket: Ticket
    role: str | None
    last_read: int
    room_ids: frozenset[int]
    asked_at: float  # by the monotonic clock: what is announced from then on may be newer than this


def open_visits(knocks: Sequence[Knock]) -> list[Visit | Exception]:
    """What each finds of those who come at the same time: a visit, ``SignedOut`` or ``NoSuchRoom``. As many queries
    for sixteen as for one."""
    asked_at = time.monotonic()
    people = identities([knock.credentials for knock in knocks])
    rooms = {room.slug: room for room in ROOMS.instances({knock.slug for knock in knocks if is_slug(knock.slug)})}
    standings = _standings_of({someone.user.pk for someone in people if someone is not None})

    def found(knock: Knock, someone: Identity | None) -> Visit | Exception:
        if someone is None:
            return SignedOut()
        theirs, room = standings[someone.user.pk], rooms.get(knock.slug)
        if room is None or not someone.user.is_active or not room.is_readable_by_member_of(theirs):
            return NoSuchRoom(someone.user.pk)
        return _visit(someone, room, theirs, asked_at)

    return list(map(found, knocks, people))


def _visit(someone: Identity, room: Room, theirs: Standings, asked_at: float) -> Visit:
    role, last_read = theirs.get(room.pk, (None, room.last_sequence))
    return Visit(
        user=someone.user,
        room=room,
        ticket=someone.ticket_for(room.pk),
        role=role,
        last_read=last_read,
        room_ids=frozenset(theirs),
        asked_at=asked_at,
    )


def _standings_of(users: Collection[int]) -> dict[int, Standings]:
    found: dict[int, Standings] = defaultdict(dict)
    for user_id, room_id, *standing in MEMBERSHIPS.all(users):
        found[user_id][room_id] = (standing[0], standing[1])
    return found
