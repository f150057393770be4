from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from chat.exceptions import ChatError, Forbidden, Invalid, NameTaken
from chat.models import Membership, Message, Reply, Room, User
from chat.services.rooms import archive_room, change_room, create_room, direct_room, slug_for, unarchive_room
from tests.factories import fresh, make_assistant, make_message, make_person, make_reply, membership, start_reply


def test_create_room_gives_it_to_whoever_makes_it(ana: User):
    room = create_room(by=ana, name=" The  Lab\x00 ", kind="private", topic="Mice\nand men")

    assert (room.slug, room.name, room.topic, room.kind) == ("the-lab", "The Lab", "Mice and men", "private")
    assert membership(room, ana).role == "owner"
    assert (room.revision, room.changed_revision) == (1, 1)


def test_create_room_finds_an_address_in_any_script_and_beside_others(ana: User):
    assert create_room(by=ana, name="Café").slug == "cafe"
    assert create_room(by=ana, name="Café").slug.startswith("cafe-")
    assert slug_for("日本").startswith("room-")


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"name": "x", "slug": "garden"}, NameTaken),
        ({"name": "x", "slug": "No Good"}, Invalid),
        ({"name": "  "}, Invalid),
        ({"name": "x" * 81}, Invalid),
        ({"name": "x", "topic": "x" * 301}, Invalid),
        ({"name": "x", "kind": "direct"}, Invalid),
        ({"name": "x", "kind": "secret"}, Invalid),
    ],
)
def test_create_room_refuses(ana: User, garden: Room, given: dict[str, str], refusal: type[ChatError]):
    with pytest.raises(refusal):
        create_room(by=ana, **given)

    assert Room.objects.count() == 2


def test_an_address_has_no_line_end(ana: User):
    assert create_room(by=ana, name="Lab", slug="lab\n").slug == "lab"


def test_change_room_changes_what_is_given_in_one_revision(ana: User, garden: Room):
    changed = change_room(room=garden, by=ana, name="Orchard", topic="Apples", kind="public")

    stored = fresh(garden)
    assert (stored.name, stored.topic, stored.kind, stored.slug) == ("Orchard", "Apples", "public", "garden")
    assert (stored.revision, stored.changed_revision) == (garden.revision + 1, garden.revision + 1)
    assert changed == stored


def test_change_room_without_a_change_takes_no_revision(ana: User, garden: Room):
    change_room(room=garden, by=ana, name="Garden", kind="private")

    assert fresh(garden).revision == garden.revision


def test_change_room_is_for_owners_and_staff(ana: User, ben: User, eve: User, staff: User, garden: Room):
    for somebody in (ben, eve):
        with pytest.raises(Forbidden):
            change_room(room=garden, by=somebody, name="Mine")

    assert change_room(room=garden, by=ana, name="Ana's").name == "Ana's"
    assert change_room(room=garden, by=staff, name="Ours").name == "Ours"


def test_whoever_answers_in_a_room_is_in_it(ana: User, garden: Room):
    helper = make_assistant("helper")

    change_room(room=garden, by=ana, answering_assistant=helper)
    assert fresh(garden).answering_assistant == helper
    assert membership(garden, helper.user).role == "member"

    change_room(room=garden, by=ana, answering_assistant=None)
    assert fresh(garden).answering_assistant is None
    assert membership(garden, helper.user).role == "member"


def test_nobody_answers_in_a_direct_room_who_is_not_in_it(ana: User, ben: User, staff: User):
    room, helper = direct_room(by=ana, others=[ben]), make_assistant("helper")
    with pytest.raises(Forbidden):
        change_room(room=room, by=staff, answering_assistant=helper)
    assert fresh(room).membership_of(helper.user) is None
    assert fresh(room).answering_assistant is None

    alone = direct_room(by=ana, others=[helper.user])
    change_room(room=alone, by=staff, answering_assistant=None)
    change_room(room=alone, by=staff, answering_assistant=helper)
    assert fresh(alone).answering_assistant == helper


def test_who_is_to_answer_everything_is_silent_no_more_and_others_are_still(ana: User, garden: Room):
    helper, other = make_assistant("helper", garden), make_assistant("other", garden)
    Membership.objects.filter(user__in=[helper.user, other.user]).update(is_silent=True)

    change_room(room=garden, by=ana, answering_assistant=helper)

    assert membership(garden, helper.user).is_silent is False
    assert membership(garden, other.user).is_silent is True


def test_an_archived_room_is_kept_and_can_be_opened_again(ana: User, ben: User, garden: Room):
    make_message(garden, ben)
    with pytest.raises(Forbidden):
        archive_room(room=garden, by=ben)

    assert archive_room(room=garden, by=ana).is_archived is True
    revision = fresh(garden).revision
    assert archive_room(room=garden, by=ana).revision == revision
    assert unarchive_room(room=garden, by=ana).is_archived is False
    assert fresh(garden).messages.count() == 1


CLOSED: list[Callable[..., Room]] = [archive_room, partial(change_room, has_assistants=False)]


@pytest.mark.parametrize("close", CLOSED)
def test_in_a_room_that_is_closed_nobody_goes_on_writing_or_begins(ana: User, garden: Room, close: Callable[..., Room]):
    """By the same transaction: nothing is left to do behind it, where a process may be killed."""
    writes = make_reply(garden, ana, make_assistant("helper", garden))
    start_reply(writes)
    waits = make_reply(garden, ana, make_assistant("other", garden))

    close(room=garden, by=ana)

    assert Reply.objects.get(message=writes).stopped_by == ana
    assert Message.objects.get(pk=waits.pk).status == "stopped"


def test_people_have_one_direct_room_whoever_asks(ana: User, ben: User):
    room = direct_room(by=ana, others=[ben])

    assert direct_room(by=ben, others=[ana]) == room
    assert (room.kind, room.answering_assistant, room.name) == ("direct", None, "ana, ben")
    assert set(room.memberships.values_list("user__username", "role")) == {("ana", "member"), ("ben", "member")}


def test_an_assistant_that_is_alone_with_somebody_answers_everything(ana: User):
    helper = make_assistant("helper")

    assert direct_room(by=ana, others=[helper.user]).answering_assistant == helper


def test_who_is_alone_with_an_assistant_owns_their_room_and_nobody_else_a_direct_one(ana: User, ben: User):
    helper = make_assistant("helper")

    alone, together = (direct_room(by=ana, others=others) for others in ([helper.user], [ben, helper.user]))

    assert (membership(alone, ana).role, membership(alone, helper.user).role) == ("owner", "member")
    assert set(together.memberships.values_list("role", flat=True)) == {"member"}


def test_a_direct_room_has_two_to_nine_people(ana: User):
    crowd = [make_person(f"person-{number}") for number in range(9)]

    with pytest.raises(Invalid):
        direct_room(by=ana, others=[])
    with pytest.raises(Invalid):
        direct_room(by=ana, others=[ana])
    with pytest.raises(Invalid):
        direct_room(by=ana, others=crowd)
    assert direct_room(by=ana, others=crowd[:8]).memberships.count() == 9


def test_a_direct_room_stays_direct(ana: User, ben: User, staff: User):
    room = direct_room(by=ana, others=[ben])

    with pytest.raises(Forbidden):
        change_room(room=room, by=staff, kind="public")

    assert change_room(room=room, by=staff, name="Us").name == "Us"
