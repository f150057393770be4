"""Who is at the other end of a socket or stream, and whether they may still be there. All of these block."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
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
from chat.prepared import Given, PreparedAmong

SESSIONS = PreparedAmong(
    lambda keys: Session.objects.filter(
        session_key__in=keys, expire_date__gt=Given("now", Session._meta.get_field("expire_date"))
    ).values_list("session_key", "session_data")
)
PEOPLE = PreparedAmong(lambda keys: User.objects.filter(pk__in=keys, is_active=True))


class SignedOut(Exception):
    """No session or token, or one that has ended."""


class NoSuchRoom(Exception):
    """Absent, or not theirs who asked for it."""

    def __init__(self, person: int | None = None) -> None:
        super().__init__()
        self.person = person


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


def identify(credentials: Credentials) -> Identity:
    """:raises SignedOut:"""
    (someone,) = identities([credentials])
    if someone is None:
        raise SignedOut
    note(person=someone.user.pk)
    return someone


def identities(shown: Sequence[Credentials]) -> list[Identity | None]:
    """Of each whose they are, if anybody's: as many queries for many sessions as for one, and one for each token. That
    a token was used is remembered."""
    found = people_of_sessions({each.session_key for each in shown if each.session_key and not each.bearer})

    def identity(credentials: Credentials) -> Identity | None:
        if credentials.bearer:
            token = ApiToken.objects.matching(credentials.bearer)
            return Identity(token.user, token=token) if token is not None else None
        if credentials.session_key not in found:
            return None
        user, session_hash = found[credentials.session_key]
        return Identity(user, credentials.session_key, session_hash)

    known = [identity(credentials) for credentials in shown]
    ApiToken.objects.note_use(someone.token for someone in known if someone is not None and someone.token is not None)
    return known


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


def people_of_sessions(keys: Collection[str]) -> dict[str, tuple[User, str]]:
    """By session: whose it is, and the hash that ties it to their password. Nothing is changed by the look."""
    stored = {key: _said(data) for key, data in SESSIONS.all(keys, now=timezone.now())}
    said = {key: facts for key, facts in stored.items() if facts}
    users = {user.pk: user for user in PEOPLE.instances({int(facts[SESSION_KEY]) for facts in said.values()})}
    found = {}
    for key, facts in said.items():
        user = users.get(int(facts[SESSION_KEY]))
        if user is not None and (session_hash := _proven(user, facts.get(HASH_SESSION_KEY, ""))):
            found[key] = user, session_hash
    return found


def _said(session_data: str) -> dict[str, Any] | None:
    """What a session says, if it says who somebody is, by a way that is open."""
    said: dict[str, Any] = SessionStore().decode(session_data)
    is_somebodys = SESSION_KEY in said and said.get(BACKEND_SESSION_KEY) in settings.AUTHENTICATION_BACKENDS
    return said if is_somebodys else None


def _proven(user: User, shown: str) -> str:
    """The hash of their password as it is now, if the one that is shown was made of it."""
    session_hash: str = user.get_session_auth_hash()
    known = (session_hash, *user.get_session_auth_fallback_hash())
    return session_hash if any(constant_time_compare(shown, each) for each in known) else ""


def _each(rows: Any, field: str, values: Iterable[Any]) -> list[Any]:
    """The rows with these values, without a query where there are none."""
    wanted = list(set(values))
    return list(rows.filter(Q(**{f"{field}__in": wanted}))) if wanted else []
