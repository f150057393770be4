"""The list of one's rooms, as each reader sees it: names of direct rooms, what is unread, who is here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models.functions import Lower

from chat import presence
from chat.models import Membership, Room, User

MOST_FACES = 6


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
    def is_with_assistant(self) -> bool:
        return self.partner is not None and self.partner.is_assistant

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
    by_room: dict[int, RoomLink]
    here: Here

    def is_waiting(self, *, beside: Room | None) -> bool:
        """Something is unread in another room than the one shown."""
        shown = [*self.rooms, *self.direct, *self.assistants]
        return any(link.membership.unread_count for link in shown if link.room.pk != (beside.pk if beside else None))


def sidebar_of(user: User) -> Sidebar:
    memberships = list(
        Membership.objects.filter(user=user)
        .select_related("room")
        .with_mention_counts()
        .order_by(Lower("room__name"), "room_id")
    )
    people = _people_of_direct_rooms(user)
    here = presence.everybody()
    links = [_link(membership, people[membership.room_id], here) for membership in memberships]
    shown = [link for link in links if not link.room.is_archived]
    return Sidebar(
        rooms=[link for link in shown if not link.room.is_direct],
        direct=_by_name(link for link in shown if link.room.is_direct and not link.is_with_assistant),
        assistants=_by_name(link for link in shown if link.is_with_assistant),
        by_room={link.room.pk: link for link in links},
        here=_faces(here - {user.pk}),
    )


def _faces(here: set[int]) -> Here:
    shown = list(User.objects.filter(pk__in=sorted(here)[:MOST_FACES])) if here else []
    return Here(shown, len(here) - len(shown))


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
