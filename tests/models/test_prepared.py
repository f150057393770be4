"""What is prepared says what the ORM says."""

from __future__ import annotations

import uuid

import pytest
from django.db import connection, models
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chat.models import Membership, Message, Room, User
from chat.models.rooms import LOCKED
from chat.prepared import Given, PreparedAmong, PreparedChange, PreparedInsert, PreparedRows, columns_given
from tests.factories import crowd, make_message, membership


def columns(row: models.Model) -> dict[str, object]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def test_a_locked_room_is_the_room(garden: Room):
    assert columns(Room.objects.lock(garden.pk)) == columns(Room.objects.get(pk=garden.pk))


def test_a_message_is_stored_as_save_stores_it(ana: User, garden: Room):
    given = {"room": garden, "author": ana, "text": "by the sea", "html": "<p>by the sea</p>"}
    first = Message(**given, sequence=101, revision=201, created_revision=201, client_id=uuid.uuid4())
    second = Message(**given, sequence=102, revision=202, created_revision=202, created_at=first.created_at)

    first.insert()
    second.save(force_insert=True)

    differing = {"id", "sequence", "revision", "created_revision", "client_id"}
    stored = [columns(Message.objects.get(pk=message.pk)) for message in (first, second)]
    assert stored[0] == columns(first)
    assert [name for name in stored[0] if stored[0][name] != stored[1][name] and name not in differing] == []
    first.text = "by the lake"
    first.save()  # it knows that it is stored
    assert Message.objects.get(pk=first.pk).text == "by the lake"


def test_several_are_stored_by_one_statement_each_with_its_own_key(ana: User, garden: Room):
    messages = [
        Message(room=garden, author=ana, text=text, sequence=number, revision=number, created_revision=number)
        for number, text in enumerate(("one", "two", "three"), 101)
    ]

    with CaptureQueriesContext(connection) as queries:
        Message.objects.insert_all(messages)

    assert len(queries) == 1
    assert [columns(Message.objects.get(pk=message.pk)) for message in messages] == [*map(columns, messages)]
    Message.objects.insert_all([])


def test_a_membership_is_found_with_the_account_and_none_of_a_stranger(ana: User, eve: User, garden: Room):
    found = Membership.objects.of_active(garden, [ana.pk, eve.pk])

    person, mine = found[ana.pk]
    assert mine is not None
    assert columns(mine) == columns(membership(garden, ana))
    assert columns(person) == columns(User.objects.get(pk=ana.pk))
    assert found == {ana.pk: (ana, mine), eve.pk: (eve, None)}


def test_a_closed_account_has_no_standing(ana: User, garden: Room):
    User.objects.filter(pk=ana.pk).update(is_active=False)

    assert Membership.objects.of_active(garden, [ana.pk]) == {}


def test_a_default_of_the_database_is_filled_in(ana: User, garden: Room):
    new = Room(slug="fresh", name="Fresh")
    fields = {field.attname: field for field in Room._meta.concrete_fields if field.has_db_default()}
    assert fields  # else this says nothing

    PreparedInsert(lambda: Room).insert(new)

    stored = Room.objects.get(pk=new.pk)
    assert {name: getattr(new, name) for name in fields} == {name: getattr(stored, name) for name in fields}


def test_the_same_statement_is_filled_anew_each_time(ana: User, ben: User, garden: Room):
    names = PreparedRows(lambda: User.objects.filter(pk=Given("pk")).values_list("username", "date_joined"))
    rename = PreparedChange(lambda: User.objects.filter(pk=Given("pk")), display_name=Given("name"))

    changed = [rename.apply(pk=user.pk, name=user.username.title()) for user in (ana, ben)]

    assert changed == [1, 1]
    assert [names.first(pk=user.pk) for user in (ana, ben)] == [(u.username, u.date_joined) for u in (ana, ben)]
    assert names.first(pk=0) is None
    assert set(User.objects.filter(pk__in=[ana.pk, ben.pk]).values_list("display_name", flat=True)) == {"Ana", "Ben"}


def test_several_rows_are_changed_each_in_its_own_way(ana: User, ben: User, garden: Room):
    seen = PreparedChange(
        lambda: User.objects.filter(pk=Given("id")), **columns_given(User, "display_name", "last_login")
    )
    now = timezone.now()

    seen.apply_each([{"id": user.pk, "display_name": user.username.title(), "last_login": now} for user in (ana, ben)])
    seen.apply_each([])

    rows = User.objects.filter(pk__in=[ana.pk, ben.pk]).order_by("username")
    assert list(rows.values_list("display_name", "last_login")) == [("Ana", now), ("Ben", now)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="every transaction of SQLite holds the whole database")
def test_a_row_is_locked_within_a_transaction_only():
    with pytest.raises(TransactionManagementError):
        LOCKED.first(pk=1)


def test_a_message_sent_again_is_found_by_its_id(ana: User, ben: User, garden: Room):
    client_id = uuid.uuid4()
    sent = make_message(garden, ana, client_id=client_id)

    assert Message.objects.sent_as(garden, [(ana.pk, client_id)]) == {(ana.pk, client_id): sent}
    assert Message.objects.sent_as(garden, [(ben.pk, client_id)]) == {}
    with CaptureQueriesContext(connection) as queries:
        assert Message.objects.sent_as(garden, []) == {}
    assert not queries.captured_queries


def test_of_several_that_are_sent_again_each_is_found_by_its_author_and_its_id(ana: User, ben: User, garden: Room):
    first, second = uuid.uuid4(), uuid.uuid4()
    anas, bens = (make_message(garden, author, client_id=first) for author in (ana, ben))

    found = Message.objects.sent_as(garden, [(author.pk, key) for author in (ana, ben) for key in (first, second)])

    assert found == {(ana.pk, first): anas, (ben.pk, first): bens}


@pytest.mark.parametrize("count", [0, 1, 2, PreparedAmong.MANY, PreparedAmong.MANY + 1])
def test_rows_among_several_are_each_found_once(garden: Room, count: int):
    people = PreparedAmong(lambda users: User.objects.filter(pk__in=users).order_by("pk"))
    crowd(garden, count + 2)
    wanted = list(User.objects.filter(username__startswith="friend-").order_by("pk")[:count])

    with CaptureQueriesContext(connection) as queries:
        found = people.instances({user.pk for user in wanted})

    assert [columns(row) for row in found] == [columns(row) for row in wanted]
    assert people.all({user.pk for user in wanted}) == [tuple(columns(row).values()) for row in wanted]
    assert len(queries) == min(1, count)
