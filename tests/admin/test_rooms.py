"""Rooms, their members and their messages in the admin."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry

from chat.models import Membership, Message, Room, User
from chat.services.rooms import change_room, direct_room
from tests.admin.acting import Staff, page, staff
from tests.announcements import Heard, heard
from tests.factories import fresh, make_assistant, make_message, make_person, make_room, membership
from tests.views.markup import filled_in, parse

__all__ = ["heard", "staff"]
pytestmark = pytest.mark.django_db(transaction=True)


def test_deleted_messages_leave_tombstones_and_everybody_hears_it(staff: Staff, ana: User, garden: Room, heard: Heard):
    first, second = make_message(garden, ana), make_message(garden, ana)
    before = fresh(garden).revision
    heard.forget()

    staff.act("delete_words", first, second)

    assert list(Message.objects.order_by("pk").values_list("text", "deleted_by")) == [("", staff.user.pk)] * 2
    assert sorted(change["revision"] for change in heard.of_kind("change")) == [before + 1, before + 2]
    assert staff.told == ["2 deleted."]


def test_nobody_s_words_are_changed(staff: Staff, ana: User, garden: Room):
    message = make_message(garden, ana, "mine")

    assert staff.change(message, text="yours").status_code == 403
    assert Message.objects.get().text == "mine"


def test_archived_rooms_are_closed_for_writing_and_everybody_hears_it(staff: Staff, garden: Room, heard: Heard):
    heard.forget()

    staff.act("archive", garden)
    assert fresh(garden).is_archived is True

    staff.act("unarchive", garden)
    assert fresh(garden).is_archived is False
    assert [change["revision"] for change in heard.of_kind("change")] == [garden.revision + 1, garden.revision + 2]


def test_a_new_room_belongs_to_whoever_makes_it(staff: Staff):
    staff.add(Room, name="The Lab", slug="", kind="private", topic="")

    room = Room.objects.get(slug="the-lab")
    assert (room.kind, membership(room, staff.user).role) == ("private", "owner")
    assert LogEntry.objects.get().object_id == str(room.pk)


def test_changing_a_room_is_announced(staff: Staff, garden: Room, heard: Heard):
    helper = make_assistant("helper")
    heard.forget()

    staff.change(garden, name="Orchard", topic="Apples", kind="public", answering_assistant=helper.pk)

    room = fresh(garden)
    assert (room.name, room.topic, room.kind, room.answering_assistant) == ("Orchard", "Apples", "public", helper)
    assert room.membership_of(helper.user) is not None
    assert heard.of_kind("change")[-1]["revision"] == room.changed_revision == room.revision


def test_a_page_that_was_opened_before_changes_what_was_changed_on_it(staff: Staff, garden: Room):
    helper = make_assistant("helper", garden)
    change_room(room=garden, by=None, kind="public", answering_assistant=helper)
    (form,) = parse(staff.client.get(page("change", garden)).content).find("form", id="room_form")
    change_room(room=garden, by=None, kind="private", has_assistants=False, answering_assistant=None)

    staff.change(garden, **{**filled_in(form), "topic": "Apples"})

    room = fresh(garden)
    assert (room.topic, room.kind, room.has_assistants, room.answering_assistant) == ("Apples", "private", False, None)


def test_a_room_s_address_is_taken_once(staff: Staff, garden: Room):
    response = staff.add(Room, name="Garden", slug="garden", kind="public", topic="")

    assert response.context["adminform"].form.errors == {"slug": ["A room with this address exists already."]}


def test_members_come_and_go_by_the_services(staff: Staff, garden: Room, eve: User, heard: Heard):
    heard.forget()

    staff.add(Membership, room=garden.pk, user=eve.pk, role="member")
    staff.change(membership(garden, eve), role="owner")
    assert membership(garden, eve).role == "owner"
    staff.remove(membership(garden, eve))

    assert garden.membership_of(eve) is None
    assert [(told["user"], told["joined"]) for told in heard.of_kind("membership")] == [(eve.pk, True), (eve.pk, False)]
    assert [told["user"] for told in heard.of_kind("access")] == [eve.pk]


def test_who_is_a_member_already_is_not_added_once_more(staff: Staff, garden: Room, ana: User):
    answer = staff.add(Membership, room=garden.pk, user=ana.pk, role="member")

    words = "They belong to this room already: their row says as what."
    assert answer.context["adminform"].form.errors == {"user": [words]}
    assert membership(garden, ana).role == "owner"


def test_several_members_are_removed_by_the_service_too(staff: Staff, ana: User, garden: Room, heard: Heard):
    heard.forget()

    staff.client.post(
        page("changelist", Membership),
        {"action": "delete_selected", "_selected_action": [membership(garden, ana).pk], "post": "yes"},
    )

    assert garden.membership_of(ana) is None
    assert [told["user"] for told in heard.of_kind("access")] == [ana.pk]


def test_where_one_of_several_members_must_stay_all_of_them_do(staff: Staff, ana: User, garden: Room):
    direct = direct_room(by=ana, others=[make_person("eve")])
    rooms = (garden, direct, make_room("orchard", ana))
    rows = [membership(room, ana).pk for room in rooms]

    fields = {"action": "delete_selected", "_selected_action": rows, "post": "yes"}
    staff._hear(staff.client.post(page("changelist", Membership), fields))

    assert Membership.objects.filter(pk__in=rows).count() == 3
    assert staff.told == ["A direct room keeps its people."]
    assert LogEntry.objects.count() == 0


def test_a_direct_room_keeps_its_people(staff: Staff, ana: User):
    room = direct_room(by=ana, others=[make_person("ben")])

    staff.add(Membership, room=room.pk, user=staff.user.pk, role="member")
    staff.remove(membership(room, ana))

    assert set(room.memberships.values_list("user__username", flat=True)) == {"ana", "ben"}
    assert staff.told == ["A direct room keeps its people."] * 2


def test_nobody_is_brought_into_a_direct_room_by_being_named_to_answer(staff: Staff, ana: User):
    room, helper = direct_room(by=ana, others=[make_person("ben")]), make_assistant("helper")

    staff.change(room, name=room.name, topic="Secrets", has_assistants="on", answering_assistant=helper.pk)

    assert set(room.memberships.values_list("user__username", flat=True)) == {"ana", "ben"}
    assert (fresh(room).topic, fresh(room).answering_assistant) == ("", None)
    assert staff.told == ["A direct room keeps its people."]
