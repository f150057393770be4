"""Who comes to a room, alone or with many others."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat.access import Credentials, NoSuchRoom, SignedOut, Ticket
from chat.models import Room, User
from chat.prepared import PreparedAmong
from chat.services.tokens import create_token
from chat.visits import Knock, Visit, open_visits
from tests.factories import crowd, fresh, session_of
from tests.people import ana, ben, eve, garden, square

__all__ = ["ana", "ben", "eve", "garden", "square"]
pytestmark = pytest.mark.django_db


def knock(user: User, slug: str) -> Knock:
    return Knock(Credentials(session_key=session_of(user)), slug)


def visits(*knocks: Knock) -> list[Visit]:
    found = open_visits(knocks)
    assert all(isinstance(each, Visit) for each in found), found
    return [each for each in found if isinstance(each, Visit)]


def test_a_visit_holds_the_persons_place_in_the_room(ana: User, garden: Room):
    garden.memberships.filter(user=ana).update(last_read_sequence=7)
    general = Room.objects.get(slug="general")

    (visit,) = visits(knock(ana, "garden"))

    assert (visit.user, visit.room, visit.role, visit.last_read) == (ana, garden, "owner", 7)
    assert visit.room_ids == {general.pk, garden.pk}


def test_who_only_looks_has_read_all_that_was(eve: User, square: Room):
    Room.objects.filter(pk=square.pk).update(last_sequence=12)

    (visit,) = visits(knock(eve, "square"))

    assert (visit.role, visit.last_read) == (None, 12)


def test_each_who_comes_at_the_same_time_finds_what_is_theirs(
    ana: User, ben: User, eve: User, garden: Room, square: Room
):
    token, secret = create_token(user=ben)
    by_token = Knock(Credentials(bearer=secret), "garden")
    stranger, lost = Knock(Credentials(), "square"), knock(ana, "nowhere")

    found = open_visits([knock(ana, "garden"), knock(eve, "garden"), by_token, stranger, knock(eve, "square"), lost])

    ana_finds, eve_not, ben_finds, nobody, eve_finds, none_there = found
    assert isinstance(ana_finds, Visit)
    assert (ana_finds.user, ana_finds.room, ana_finds.role) == (ana, garden, "owner")
    assert isinstance(eve_not, NoSuchRoom)
    assert isinstance(none_there, NoSuchRoom)
    assert (eve_not.person, none_there.person) == (eve.pk, ana.pk)
    assert isinstance(ben_finds, Visit)
    assert ben_finds.ticket == Ticket(ben.pk, garden.pk, token_id=token.pk)
    assert isinstance(nobody, SignedOut)
    assert isinstance(eve_finds, Visit)
    assert (eve_finds.user, eve_finds.room) == (eve, square)


def test_who_may_come_is_who_may_read_by_the_words_of_the_database(
    ana: User, ben: User, eve: User, garden: Room, square: Room
):
    """The rule is said twice: to the database for lists, and here for one room."""
    rooms = [fresh(room) for room in (garden, square, Room.objects.get(slug="general"))]
    people = (ana, ben, eve)
    knocks = [knock(person, room.slug) for person in people for room in rooms]

    came = [isinstance(found, Visit) for found in open_visits(knocks)]
    may = [Room.objects.readable_by(person).filter(pk=room.pk).exists() for person in people for room in rooms]
    assert came == may
    assert {True, False} == set(may)


def test_a_crowd_asks_no_more_than_one(ana: User, square: Room):
    crowd(square, PreparedAmong.MANY + 4)
    friends = list(User.objects.filter(username__startswith="friend-").order_by("pk"))
    knocks = [knock(friend, "square") for friend in friends]

    def asked(some: list[Knock]) -> tuple[int, list[Visit]]:
        with CaptureQueriesContext(connection) as queries:
            found = visits(*some)
        return len(queries), found

    alone, _ = asked(knocks[:1])
    few, found = asked(knocks[: PreparedAmong.MANY - 3])
    more, all_found = asked(knocks)

    assert (alone, few, more) == (4, 4, 4)
    assert [visit.user for visit in all_found] == friends
    assert [visit.user for visit in found] == friends[: PreparedAmong.MANY - 3]
    assert all(visit.role == "member" and visit.room_ids == {square.pk} for visit in all_found)
