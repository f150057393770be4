"""Somebody comes to watch a room, by a socket or by a stream. When a server comes back everybody does."""

from __future__ import annotations

from chat.access import Credentials, NoSuchRoom
from chat.database import Together
from chat.logcontext import note
from chat.prepared import PreparedAmong
from chat.visits import Knock, Visit, open_visits

VISITS = Together(open_visits, most=PreparedAmong.MANY, lanes=2)  # while one waits, others still come in


async def visit_by(credentials: Credentials, slug: str) -> Visit:
    """:raises SignedOut: :raises NoSuchRoom:"""
    try:
        visit = await VISITS.ask(Knock(credentials, slug))
    except NoSuchRoom as error:
        note(person=error.person)
        raise
    note(person=visit.user.pk, room=visit.room.pk)
    return visit
