"""What is announced, once it is the truth, and to whom it matters."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError, transaction

from chat import events
from chat.models import Room, User
from chat.services import memberships
from chat.services.memberships import add_member, leave_room, remove_member
from chat.services.messages import delete_message, edit_message, mark_read, post_message
from chat.services.people import change_account, deactivate
from chat.services.rooms import archive_room, change_room
from chat.services.stopping import stop_all_in, stop_reply
from chat.services.tokens import revoke_token
from tests.announcements import Heard, heard
from tests.factories import (
    fresh,
    make_assistant,
    make_message,
    make_person,
    make_reply,
    make_room,
    make_token,
    start_reply,
)

__all__ = ["heard"]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ana() -> User:
    return make_person("ana")


@pytest.fixture
def ben() -> User:
    return make_person("ben")


@pytest.fixture
def garden(ana: User, ben: User, heard: Heard) -> Room:
    room = make_room("garden", ben, owner=ana, kind=Room.Kind.PRIVATE)
    heard.forget()
    return room


def told(heard: Heard, *fields: str) -> list[tuple[Any, ...]]:
    return [(said["kind"], *(said.get(field) for field in fields)) for said in heard.everything()]


def test_a_message_is_told_to_its_room_to_everybody_lightly_and_to_who_is_named(
    ana: User, ben: User, garden: Room, heard: Heard
):
    message = make_message(garden, ana, "hello @ben and @ana")

    assert told(heard, "revision", "sequence", "user") == [
        ("change", message.revision, None, None),
        ("activity", None, 1, None),
        ("mention", None, 1, ben.pk),
    ]
    assert heard.of_kind("activity")[0]["slug"] == "garden"


def test_who_cannot_read_a_room_does_not_hear_that_they_were_named_there(ana: User, garden: Room, heard: Heard):
    make_person("eve")
    heard.forget()

    make_message(garden, ana, "where is @eve?")

    assert heard.of_kind("mention") == []


def test_an_edit_tells_only_who_is_newly_named(ana: User, ben: User, garden: Room, heard: Heard):
    cem = make_person("cem")
    add_member(room=garden, by=ana, user=cem)
    message = make_message(garden, ana, "hello @ben")
    heard.forget()

    edit_message(message=message, by=ana, text="hello @ben and @cem")

    assert told(heard, "user") == [("change", None), ("mention", cem.pk)]


def test_who_is_named_no_longer_hears_it_wherever_they_look(ana: User, ben: User, garden: Room, heard: Heard):
    cem = make_person("cem")
    add_member(room=garden, by=ana, user=cem)
    message = make_message(garden, ana, "hello @ben and @cem")
    heard.forget()

    edit_message(message=message, by=ana, text="hello @ben, and all the others")
    edit_message(message=message, by=ana, text="hello @ben")
    delete_message(message=message, by=ana)

    assert told(heard, "users") == [
        ("change", None),
        ("unmentioned", [cem.pk]),
        ("change", None),
        ("change", None),
        ("unmentioned", [ben.pk]),
    ]


def test_nothing_is_told_of_what_is_rolled_back(ana: User, garden: Room, heard: Heard):
    with transaction.atomic():
        post_message(room=garden, author=ana, text="hello")
        transaction.set_rollback(True)

    assert heard.everything() == []
    assert fresh(garden).revision == garden.revision


def test_a_deletion_is_told_without_the_words(ana: User, garden: Room, heard: Heard):
    message = make_message(garden, ana, "secret words")
    heard.forget()

    delete_message(message=message, by=ana)

    (change,) = heard.everything()
    assert (change["kind"], change["revision"]) == ("change", fresh(garden).revision)
    assert "secret words" not in str(change)


def test_reading_is_told_when_the_pointer_moves(ana: User, ben: User, garden: Room, heard: Heard):
    make_message(garden, ana)
    heard.forget()

    mark_read(room=garden, user=ben, sequence=1)
    mark_read(room=garden, user=ben, sequence=1)

    assert told(heard, "user", "slug", "sequence") == [("read", ben.pk, "garden", 1)]


def test_a_room_tells_its_changes_with_their_number(ana: User, garden: Room, heard: Heard):
    change_room(room=garden, by=ana, name="Orchard")
    archive_room(room=garden, by=ana)

    changes = [fact for fact in told(heard, "revision") if fact[0] == "change"]
    assert changes == [("change", garden.revision + 1), ("change", garden.revision + 2)]


def test_members_lists_are_told_of_a_name_and_of_nothing_they_do_not_show(ana: User, garden: Room, heard: Heard):
    change_room(room=garden, by=ana, topic="Beans")
    assert heard.of_kind("listed") == []

    change_room(room=garden, by=ana, name="Orchard")

    assert [event["room"] for event in heard.of_kind("listed")] == [garden.pk]


def test_a_room_made_private_has_its_watchers_asked(ana: User, heard: Heard):
    square = make_room("square", owner=ana)
    heard.forget()

    change_room(room=square, by=ana, kind="private")

    assert told(heard, "room")[1:] == [("access", square.pk), ("listed", square.pk)]


def test_whose_rights_end_is_named(ana: User, ben: User, garden: Room, heard: Heard):
    cem = make_person("cem")
    add_member(room=garden, by=ana, user=cem)
    token, _ = make_token(ben)
    heard.forget()

    remove_member(room=garden, by=ana, user=ben)
    leave_room(room=garden, user=cem)
    revoke_token(token=token, by=ben)
    change_account(person=ben, password="another-horse-2")
    deactivate(person=ben, by=None)

    assert [said["user"] for said in heard.of_kind("access")] == [ben.pk, cem.pk, ben.pk, ben.pk, ben.pk]
    assert [(said["user"], said["joined"]) for said in heard.of_kind("membership")] == [
        (ben.pk, False),
        (cem.pk, False),
    ]


def test_who_comes_is_told_to_the_room_and_to_their_own_pages(ana: User, garden: Room, heard: Heard):
    cem = make_person("cem")
    heard.forget()

    add_member(room=garden, by=ana, user=cem)

    assert told(heard, "user", "revision") == [
        ("membership", cem.pk, None),
        ("change", None, fresh(garden).revision),
    ]


def test_an_assistant_whose_writing_cannot_be_stopped_is_not_taken_out(
    ana: User, garden: Room, heard: Heard, monkeypatch: pytest.MonkeyPatch
):
    helper = make_assistant("helper", garden)
    heard.forget()

    def away(*given: object, **named: object) -> None:
        raise OperationalError("away")

    monkeypatch.setattr(memberships, "stop_all_in", away)
    with pytest.raises(OperationalError):
        remove_member(room=garden, by=None, user=helper.user)

    assert garden.membership_of(helper.user) is not None
    assert told(heard) == []


def test_a_queued_reply_is_told_like_a_message_after_its_prompt(ana: User, garden: Room, heard: Heard):
    make_assistant("helper", garden)
    heard.forget()

    make_message(garden, ana, "@helper hello")

    changes = heard.of_kind("change")
    assert [change["revision"] for change in changes] == [fresh(garden).revision - 1, fresh(garden).revision]


def test_a_stop_is_told_to_whoever_writes_the_reply(ana: User, garden: Room, heard: Heard):
    written = make_reply(garden, ana, make_assistant("helper", garden))
    start_reply(written)
    heard.forget()

    stop_reply(message=written, by=ana)

    assert told(heard, "reply") == [("stop", written.reply.pk)]


def test_a_stop_of_what_nobody_writes_is_its_end(ana: User, garden: Room, heard: Heard):
    queued = make_reply(garden, ana, make_assistant("helper", garden))
    heard.forget()

    stop_reply(message=queued, by=ana)

    revision = fresh(garden).revision
    assert told(heard, "message", "revision") == [("change", None, revision), ("end", queued.pk, revision)]


def test_a_deletion_is_told_to_whoever_writes_the_reply(ana: User, garden: Room, heard: Heard):
    written = make_reply(garden, ana, make_assistant("helper", garden))
    start_reply(written)
    heard.forget()

    delete_message(message=written, by=ana)

    assert [stop["reply"] for stop in heard.of_kind("stop")] == [written.reply.pk]


def test_a_question_that_is_deleted_stops_nobody_who_answers_it(ana: User, garden: Room, heard: Heard):
    written = make_reply(garden, ana, make_assistant("helper", garden))
    start_reply(written)
    heard.forget()

    delete_message(message=written.reply.prompt, by=ana)

    assert heard.of_kind("stop") == []


def test_all_that_is_written_in_a_room_is_stopped(ana: User, garden: Room, heard: Heard):
    helper = make_assistant("helper", garden)
    written = [make_reply(garden, ana, helper) for _ in range(2)]
    start_reply(written[0])
    heard.forget()

    with events.changing(garden.pk) as room:
        stop_all_in(room, ana)

    assert sorted(stop["reply"] for stop in heard.of_kind("stop")) == [reply.reply.pk for reply in written]
