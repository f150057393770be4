"""The list of one's rooms and chats, as each reader sees it: names of direct rooms, what is unread, who is here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, F, Q, QuerySet, When
from django.db.models.functions import Coalesce, Lower

from chat import presence
from chat.models import Membership, Room, User
from chat.models.rooms import spoke_at

MOST_FACES = 6
MOST_CHATS = 8


@dataclass(frozen=True, slots=True)
class RoomLink:
    """One row. ``people`` are the others of a direct room."""

    room: Room
    membership: Membership
    people: tuple[User, ...] = ()
    is_here: bool = False

    @property
    def name(self) -> str:
        return ", ".join(user.shown_name for user in self.people) or self.room.name

    @property
    def partner(self) -> User | None:
        """Whom one speaks to, if it is one."""
        return self.people[0] if len(self.people) == 1 else None

    @property
    def asked(self) -> User | None:
        """The assistant that answers everything here, if one speaks to it alone."""
        if self.room.chat_with is not None:
            return self.room.chat_with.user
        return self.partner if self.partner and self.partner.is_assistant else None

    @property
    def mention_count(self) -> int:
        count: int = getattr(self.membership, "mention_count", 0)
        return count


@dataclass(frozen=True, slots=True)
class Here:
    """Who else has a page open: a few faces, and how many more."""

    shown: list[User]
    more: int


@dataclass(frozen=True, slots=True)
class Sidebar:
    rooms: list[RoomLink]
    direct: list[RoomLink]
    assistants: list[RoomLink]
    chats: list[RoomLink]
    by_room: dict[int, RoomLink]
    here: Here

    def is_waiting(self, *, beside: Room | None) -> bool:
        """Something is unread in another room than the one shown."""
        shown = [*self.rooms, *self.direct, *self.assistants, *self.chats]
        return any(link.membership.unread_count for link in shown if link.room.pk != (beside.pk if beside else None))


def sidebar_of(user: User, *, beside: Room | None = None) -> Sidebar:
    """``beside`` is the room shown: its row is there even if it is no recent chat."""
    people = _people_of_direct_rooms(user)
    here = presence.everybody()
    links = [_link(membership, people[membership.room_id], here) for membership in _memberships(user)]
    chats = _chats(user, beside)
    shown = [link for link in links if not link.room.is_archived]
    return Sidebar(
        rooms=[link for link in shown if not link.room.is_direct],
        direct=_by_name(link for link in shown if link.room.is_direct and not link.asked),
        assistants=_by_name(link for link in shown if link.asked),
        chats=chats,
        by_room={link.room.pk: link for link in [*links, *chats]},
        here=_faces(here - {user.pk}),
    )


def _memberships(user: User) -> QuerySet[Membership]:
    rooms = Membership.objects.filter(user=user, room__chat_with__isnull=True).select_related("room")
    return rooms.with_mention_counts().order_by(Lower("room__name"), "room_id")


def _chats(user: User, beside: Room | None) -> list[RoomLink]:
    """Those spoken in last, and the one shown; an empty one waits out of sight until it is opened again."""
    is_shown = Q(room=beside.pk if beside else None)
    found = (
        Membership.objects.filter(Q(room__last_sequence__gt=0, room__archived_at__isnull=True) | is_shown, user=user)
        .filter(room__chat_with__isnull=False)
        .annotate(
            is_shown=Case(When(is_shown, then=1), default=0),
            spoke_at=Coalesce(spoke_at("room__"), F("room__created_at")),
        )
        .select_related("room__chat_with__user")
        .with_mention_counts()
        .order_by("-is_shown", "-spoke_at", "-room_id")
    )
    rows = list(found[: MOST_CHATS + 1])
    recent = sorted(rows, key=_last_used, reverse=True)[:MOST_CHATS]
    return [RoomLink(row.room, row) for row in recent + [row for row in rows[:1] if row not in recent]]


def _last_used(row: Any) -> tuple[bool, datetime]:
    """One in which nothing was said yet has just been opened."""
    return row.room.last_sequence == 0, row.spoke_at


def _faces(here: set[int]) -> Here:
    shown = list(User.objects.filter(pk__in=sorted(here)[:MOST_FACES])) if here else []
    return Here(shown, len(here) - len(shown))


def are_still_shown(shown: set[int], here: set[int]) -> bool:
    """A page with as many faces as it shows would not show who came."""
    return shown <= here and (shown == here or len(shown) >= MOST_FACES)


def _people_of_direct_rooms(user: User) -> dict[int, list[User]]:
    others = (
        Membership.objects.filter(room__kind=Room.Kind.DIRECT, room__in=Room.objects.joined_by(user))
        .exclude(user=user)
        .select_related("user")
        .order_by("pk")
    )
    found: dict[int, list[User]] = defaultdict(list)
    for membership in others:
        found[membership.room_id].append(membership.user)
    return found


def _link(membership: Membership, people: list[User], here: set[int]) -> RoomLink:
    is_here = len(people) == 1 and people[0].pk in here
    return RoomLink(membership.room, membership, tuple(people), is_here)


def _by_name(links: Iterable[RoomLink]) -> list[RoomLink]:
    return sorted(links, key=lambda link: link.name.casefold())
