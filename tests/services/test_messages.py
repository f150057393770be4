from __future__ import annotations

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat import markup
from chat.exceptions import ChatError, EmptyMessage, NotAMember, NotFound, RoomArchived, TooLong
from chat.models import Mention, Message, Room, User
from chat.services.memberships import join_room
from chat.services.messages import delete_message, mark_read, post_message
from chat.services.people import deactivate
from chat.services.rooms import archive_room
from tests.factories import fresh, make_message, make_messages, make_person, membership


def test_post_message_gives_it_the_next_place_and_revision(ana: User, ben: User, garden: Room):
    before = garden.revision
    first, second = make_message(garden, ana, "**one**"), make_message(garden, ben, "two")

    room = fresh(garden)
    assert [(first.sequence, first.revision), (second.sequence, second.revision)] == [(1, before + 1), (2, before + 2)]
    assert (room.last_sequence, room.revision, room.changed_revision) == (2, before + 2, garden.changed_revision)
    assert (first.created_revision, first.html, first.markup_version) == (
        before + 1,
        "<p><strong>one</strong></p>",
        markup.VERSION,
    )


def test_post_message_is_new_once(ana: User, garden: Room):
    client_id = uuid.uuid4()

    first = post_message(room=garden, author=ana, text="once", client_id=client_id)
    again = post_message(room=garden, author=ana, text="and again", client_id=client_id)

    assert (first.is_new, again.is_new) == (True, False)
    assert (again.message.pk, again.message.text) == (first.message.pk, "once")
    assert fresh(garden).last_sequence == 1


def test_a_repeated_send_returns_the_message_as_it_is_now(ana: User, garden: Room):
    client_id = uuid.uuid4()
    message = make_message(garden, ana, client_id=client_id)
    delete_message(message=message, by=ana)

    again = post_message(room=garden, author=ana, text="hello", client_id=client_id)

    assert (again.message.is_deleted, again.is_new) == (True, False)


def test_a_repeated_send_is_answered_in_an_archived_room(ana: User, garden: Room):
    client_id = uuid.uuid4()
    make_message(garden, ana, client_id=client_id)
    archive_room(room=garden, by=ana)

    assert post_message(room=garden, author=ana, text="hello", client_id=client_id).is_new is False


def test_the_same_client_id_of_others_and_elsewhere_is_another_message(
    ana: User, ben: User, garden: Room, square: Room
):
    client_id = uuid.uuid4()

    assert post_message(room=garden, author=ana, text="a", client_id=client_id).is_new is True
    assert post_message(room=garden, author=ben, text="b", client_id=client_id).is_new is True
    assert post_message(room=square, author=ana, text="c", client_id=client_id).is_new is True


def test_post_message_refuses_a_stranger(eve: User, garden: Room):
    with pytest.raises(NotAMember):
        post_message(room=garden, author=eve, text="hello")

    assert (Message.objects.count(), fresh(garden).revision) == (0, garden.revision)


def test_posting_in_a_public_room_joins_it(eve: User, square: Room):
    make_message(square, eve)

    assert membership(square, eve).role == "member"
    assert fresh(square).changed_revision == square.revision + 1


def test_post_message_refuses_a_closed_account(ana: User, garden: Room, square: Room):
    deactivate(person=ana, by=None)

    for room in (garden, square):
        with pytest.raises(NotAMember):
            post_message(room=room, author=ana, text="hello")


def test_post_message_refuses_in_an_archived_room(ana: User, garden: Room):
    archive_room(room=garden, by=ana)

    with pytest.raises(RoomArchived):
        post_message(room=garden, author=ana, text="hello")


@pytest.mark.parametrize(
    ("text", "refusal"), [("", EmptyMessage), (" \n\t ", EmptyMessage), ("\x00", EmptyMessage), ("x" * 16_001, TooLong)]
)
def test_post_message_refuses_what_is_no_text(ana: User, garden: Room, text: str, refusal: type[ChatError]):
    with pytest.raises(refusal):
        post_message(room=garden, author=ana, text=text)


def test_sixteen_thousand_characters_are_a_text(ana: User, garden: Room):
    assert len(make_message(garden, ana, "x" * 16_000).text) == 16_000


def test_white_space_at_the_ends_goes_but_an_indented_first_line_stays(ana: User, garden: Room):
    assert make_message(garden, ana, "\n\n    code\nmore \n\n").text == "    code\nmore"


def test_post_message_answers_a_message_of_its_room(ana: User, garden: Room, square: Room):
    here, elsewhere = make_message(garden, ana), make_message(square, ana)

    assert make_message(garden, ana, "yes", reply_to=here.pk).reply_to == here
    with pytest.raises(NotFound):
        post_message(room=garden, author=ana, text="no", reply_to=elsewhere.pk)


def test_who_is_named_gets_a_link_and_a_row(ana: User, ben: User, garden: Room):
    message = make_message(garden, ana, "hello @Ben, @ana, @nobody and `@ben`")

    assert set(Mention.objects.values_list("user__username", "room__slug", "sequence")) == {
        ("ben", "garden", 1),
        ("ana", "garden", 1),
    }
    assert f'data-user="{ben.pk}"' in message.html
    assert "@nobody" in message.html


def test_who_posts_has_read_so_far(ana: User, ben: User, garden: Room):
    make_messages(2, garden, ana)
    make_message(garden, ben)

    assert (membership(garden, ben).last_read_sequence, membership(garden, ana).last_read_sequence) == (3, 2)


def test_mark_read_goes_forward_and_not_past_the_end(ana: User, ben: User, garden: Room):
    make_messages(3, garden, ana)

    for sequence, expected in ((2, 2), (1, 2), (99, 3)):
        mark_read(room=garden, user=ben, sequence=sequence)
        assert membership(garden, ben).last_read_sequence == expected


def test_mark_read_of_a_stranger_is_nothing(eve: User, garden: Room):
    mark_read(room=garden, user=eve, sequence=1)

    assert garden.memberships.filter(user=eve).exists() is False


@pytest.mark.parametrize("count", [1, 30])
def test_posting_costs_the_same_in_a_room_of_few_and_of_many(ana: User, garden: Room, count: int):
    for number in range(count):
        join_room(room=Room.objects.get(slug="general"), user=make_person(f"person-{number}"))
    general = Room.objects.get(slug="general")
    make_messages(count, general, ana)

    with CaptureQueriesContext(connection) as queries:
        make_message(general, ana, "hello")

    written = [query["sql"].split()[0] for query in queries if "SAVEPOINT" not in query["sql"]]
    assert written == ["SELECT", "SELECT", "INSERT", "UPDATE", "UPDATE"]


@pytest.mark.parametrize("count", [1, 30])
def test_naming_people_costs_the_same_for_one_and_for_many(ana: User, garden: Room, count: int):
    names = [make_person(f"person-{number}").username for number in range(count)]

    with CaptureQueriesContext(connection) as queries:
        make_message(garden, ana, " ".join(f"@{name}" for name in names))

    statements = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    assert len(statements) == 9
    assert Mention.objects.count() == count
