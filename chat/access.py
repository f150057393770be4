"""Who is at the other end of a socket or stream, and whether they may still be there. All of these block."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from chat.logcontext import note
from chat.models import ApiToken, Membership, Room, User
from chat.prepared import Given, PreparedRows

SESSION = PreparedRows(
    lambda: Session.objects.filter(
        session_key=Given("key"), expire_date__gt=Given("now", Session._meta.get_field("expire_date"))
    ).values_list("session_data")
)
PERSON = PreparedRows(lambda: User.objects.filter(pk=Given("pk")))
ROOM = PreparedRows(lambda: Room.objects.readable_by(Given("user")).filter(slug=Given("slug")).order_by())
MEMBERSHIPS = PreparedRows(
    lambda: Membership.objects.filter(user=Given("user")).values_list("room_id", "role", "last_read_sequence")
)


class SignedOut(Exception):
    """No session or token, or one that has ended."""


class NoSuchRoom(Exception):
    """Absent, or not theirs."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request brought along: a session's key, or a bearer token, which wins."""

    session_key: str = ""
    bearer: str = ""


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a socket rests on; asked again every 25 seconds, and whenever somebody's rights change."""

    user_id: int
    room_id: int
    session_key: str = ""
    session_hash: str = ""
    token_id: int = 0


@dataclass(frozen=True, slots=True)
class Identity:
    """Who it is, and by what they have shown it."""

    user: User
    session_key: str = ""
    session_hash: str = ""
    token: ApiToken | None = None

    def ticket_for(self, room_id: int) -> Ticket:
        return Ticket(
            self.user.pk, room_id, self.session_key, self.session_hash, self.token.pk if self.token is not None else 0
        )


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody looking at a room, as of the moment they came."""

    user: User
    room: Room
    ticket: Ticket
    role: str | None
    last_read: int
    room_ids: frozenset[int]


def open_visit(credentials: Credentials, slug: str) -> Visit:
    """Everything a connect needs, in one go.

    :raises SignedOut: :raises NoSuchRoom:
    """
    someone = identify(credentials)
    user = someone.user
    room: Room | None = ROOM.instance(user=user.pk, slug=slug) if user.is_active else None
    if room is None:
        raise NoSuchRoom
    note(room=room.pk)
    memberships = {room_id: rest for room_id, *rest in MEMBERSHIPS.all(user=user.pk)}
    role, last_read = memberships.get(room.pk, (None, room.last_sequence))
    return Visit(
        user=user,
        room=room,
        ticket=someone.ticket_for(room.pk),
        role=role,
        last_read=last_read,
        room_ids=frozenset(memberships),
    )


def identify(credentials: Credentials) -> Identity:
    """:raises SignedOut:"""
    if credentials.bearer:
        token = ApiToken.objects.matching(credentials.bearer)
        if token is None:
            raise SignedOut
        note(person=token.user_id)
        return Identity(token.user, token=token)
    found = user_of_session(credentials.session_key) if credentials.session_key else None
    if found is None:
        raise SignedOut
    user, session_hash = found
    note(person=user.pk)
    return Identity(user, credentials.session_key, session_hash)


def no_longer_welcome(tickets: Collection[Ticket]) -> dict[Ticket, type[Exception]]:
    """Which of these must go, and why: a fixed number of queries, whatever the number of tickets."""
    users = {user.pk: user for user in _each(User.objects.filter(is_active=True), "pk", (t.user_id for t in tickets))}
    sessions = _each(
        Session.objects.filter(expire_date__gt=timezone.now()).only("session_key"),
        "session_key",
        (t.session_key for t in tickets if t.session_key),
    )
    alive = {row.session_key for row in sessions}
    tokens = {row.pk for row in _each(ApiToken.objects.alive(), "pk", (t.token_id for t in tickets if t.token_id))}
    hashes = {pk: user.get_session_auth_hash() for pk, user in users.items()}
    rooms = {row.pk: row.kind for row in _each(Room.objects.all(), "pk", (t.room_id for t in tickets))}
    closed = [pk for pk, kind in rooms.items() if kind != Room.Kind.PUBLIC]
    members = set(Membership.objects.filter(room__in=closed, user__in=list(users)).values_list("room_id", "user_id"))

    def verdict(ticket: Ticket) -> type[Exception] | None:
        if ticket.user_id not in users:
            return NoSuchRoom
        if ticket.token_id:
            if ticket.token_id not in tokens:
                return SignedOut
        elif ticket.session_key not in alive or ticket.session_hash != hashes[ticket.user_id]:
            return SignedOut
        if ticket.room_id in closed and (ticket.room_id, ticket.user_id) not in members:
            return NoSuchRoom
        return None

    return {ticket: reason for ticket in tickets if (reason := verdict(ticket)) is not None}


def user_of_session(session_key: str) -> tuple[User, str] | None:
    """The person a session belongs to, and the hash that ties it to their password. Nothing is changed by the look."""
    stored = SESSION.first(key=session_key, now=timezone.now())
    said: dict[str, Any] = SessionStore().decode(stored[0]) if stored else {}
    if SESSION_KEY not in said or said.get(BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS:
        return None
    user: User | None = PERSON.instance(pk=int(said[SESSION_KEY]))
    if user is None or not user.is_active:
        return None
    session_hash, shown = user.get_session_auth_hash(), said.get(HASH_SESSION_KEY, "")
    known = (session_hash, *user.get_session_auth_fallback_hash())
    return (user, session_hash) if any(constant_time_compare(shown, each) for each in known) else None


def _each(rows: Any, field: str, values: Iterable[Any]) -> list[Any]:
    """The rows with these values, without a query where there are none."""
    wanted = list(set(values))
    return list(rows.filter(Q(**{f"{field}__in": wanted}))) if wanted else []
