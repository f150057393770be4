from __future__ import annotations

import pytest

from chat.exceptions import Forbidden, NotAMember, RoomArchived
from chat.models import Room, User
from chat.services.commands import run_command
from chat.services.memberships import add_member, change_role, join_room, leave_room, remove_member
from chat.services.people import deactivate
from chat.services.rooms import archive_room, change_room, create_room, direct_room
from tests.factories import fresh, make_assistant, make_message, membership


def members(room: Room) -> set[tuple[str, str]]:
    return set(room.memberships.values_list("user__username", "role"))


def test_join_room_is_for_public_rooms(eve: User, garden: Room, square: Room):
    assert join_room(room=square, user=eve).role == "member"
    with pytest.raises(NotAMember):
        join_room(room=garden, user=eve)


def test_joining_twice_is_joining_once(eve: User, square: Room):
    join_room(room=square, user=eve)
    revision = fresh(square).revision

    join_room(room=square, user=eve)

    assert fresh(square).revision == revision == square.revision + 1


def test_a_new_member_has_read_everything(ana: User, eve: User, square: Room):
    make_message(square, ana)

    assert join_room(room=square, user=eve).last_read_sequence == 1


def test_nobody_joins_an_archived_room_or_with_a_closed_account(ana: User, eve: User, square: Room):
    deactivate(person=eve, by=None)
    with pytest.raises(NotAMember):
        join_room(room=square, user=eve)
    archive_room(room=square, by=None)
    with pytest.raises(RoomArchived):
        join_room(room=square, user=ana)


def test_owners_bring_people_into_private_rooms(ana: User, ben: User, eve: User, staff: User, garden: Room):
    for somebody in (ben, eve):
        with pytest.raises(Forbidden):
            add_member(room=garden, by=somebody, user=eve)

    add_member(room=garden, by=ana, user=eve)
    add_member(room=garden, by=staff, user=staff)
    assert members(garden) == {("ana", "owner"), ("ben", "member"), ("eve", "member"), ("root", "member")}


def test_members_bring_people_into_public_rooms_but_make_no_owners(ana: User, ben: User, eve: User, square: Room):
    with pytest.raises(NotAMember):
        add_member(room=square, by=eve, user=ben)
    add_member(room=square, by=ana, user=ben)
    with pytest.raises(Forbidden):
        add_member(room=square, by=ana, user=ben, role="owner")

    assert members(square) == {("ana", "member"), ("ben", "member")}


def test_an_owner_makes_another_owner_and_a_member_again(ana: User, ben: User, eve: User, garden: Room):
    change_role(room=garden, by=ana, user=ben, role="owner")
    assert members(garden) == {("ana", "owner"), ("ben", "owner")}

    change_role(room=garden, by=ben, user=ana, role="member")
    assert members(garden) == {("ana", "member"), ("ben", "owner")}
    with pytest.raises(NotAMember):
        change_role(room=garden, by=ben, user=eve, role="owner")


def test_only_owners_and_staff_say_who_owns_a_room(ana: User, ben: User, eve: User, staff: User):
    plaza = create_room(by=ana, name="Plaza")
    join_room(room=plaza, user=ben)
    for somebody, whom, role in ((ben, ana, "member"), (ben, ben, "owner"), (eve, ana, "member")):
        with pytest.raises(Forbidden):
            change_role(room=plaza, by=somebody, user=whom, role=role)
    assert members(plaza) == {("ana", "owner"), ("ben", "member")}

    change_role(room=plaza, by=staff, user=ben, role="owner")
    assert members(plaza) == {("ana", "owner"), ("ben", "owner")}


def test_who_is_brought_in_again_stays_what_they_are(ana: User, ben: User, staff: User):
    plaza = create_room(by=ana, name="Plaza")
    join_room(room=plaza, user=ben)
    for somebody in (ben, ana, staff, None):
        add_member(room=plaza, by=somebody, user=ana)
    run_command(room=plaza, by=ben, text="/invite @ana")

    assert members(plaza) == {("ana", "owner"), ("ben", "member")}


def test_leaving_is_possible_at_any_time_and_twice(ben: User, garden: Room):
    leave_room(room=garden, user=ben)
    revision = fresh(garden).revision
    leave_room(room=garden, user=ben)

    assert members(garden) == {("ana", "owner")}
    assert fresh(garden).revision == revision == garden.revision + 1


def test_an_owner_leaves_as_others_do(ana: User, garden: Room):
    leave_room(room=garden, user=ana)

    assert members(garden) == {("ben", "member")}


def test_an_assistant_that_is_taken_out_answers_everything_no_more_and_another_does_still(ana: User, garden: Room):
    helper, other = make_assistant("helper", garden), make_assistant("other", garden)
    change_room(room=garden, by=ana, answering_assistant=helper)

    remove_member(room=garden, by=ana, user=other.user)
    assert fresh(garden).answering_assistant == helper
    remove_member(room=garden, by=ana, user=helper.user)
    assert fresh(garden).answering_assistant is None


def test_only_owners_and_staff_take_others_out(ana: User, ben: User, eve: User, garden: Room):
    for somebody in (ben, eve):
        with pytest.raises(Forbidden):
            remove_member(room=garden, by=somebody, user=ana)

    remove_member(room=garden, by=ana, user=ben)
    assert members(garden) == {("ana", "owner")}


def test_a_direct_room_keeps_its_people(ana: User, ben: User, eve: User, staff: User):
    room = direct_room(by=ana, others=[ben])

    for somebody in (ana, staff, None):
        with pytest.raises(Forbidden):
            add_member(room=room, by=somebody, user=eve)
    for somebody in (ana, staff):
        with pytest.raises(Forbidden):
            remove_member(room=room, by=somebody, user=ben)
    assert members(room) == {("ana", "member"), ("ben", "member")}


def test_who_left_has_their_pointer_at_the_end_when_they_come_back(ana: User, ben: User, garden: Room):
    leave_room(room=garden, user=ben)
    make_message(garden, ana)

    add_member(room=garden, by=ana, user=ben)

    assert membership(garden, ben).unread_count == 0
