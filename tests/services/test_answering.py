from __future__ import annotations

import pytest

from chat.exceptions import Forbidden, Invalid
from chat.models import Reply, Room, User
from chat.services.answering import let_answer
from chat.services.memberships import add_member, remove_member
from chat.services.rooms import change_room, direct_room
from tests.announcements import Heard, heard
from tests.factories import fresh, make_assistant, make_message, make_room, membership

__all__ = ["heard"]


def asked(room: Room, author: User, text: str) -> list[str]:
    """The assistants that will answer this message."""
    prompt = make_message(fresh(room), author, text)
    return sorted(Reply.objects.filter(prompt=prompt).values_list("assistant__user__username", flat=True))


@pytest.mark.parametrize(
    ("answers", "unnamed", "named"),
    [("never", [], []), ("mentioned", [], ["helper"]), ("always", ["helper"], ["helper"])],
)
def test_an_assistant_answers_as_the_room_says(
    garden: Room, ana: User, answers: str, unnamed: list[str], named: list[str]
) -> None:
    helper = make_assistant("helper", garden)
    let_answer(room=garden, by=ana, assistant=helper, answers="always")

    let_answer(room=garden, by=ana, assistant=helper, answers=answers)

    assert asked(garden, ana, "hello") == unnamed
    assert asked(garden, ana, "hello @helper") == named


def test_choosing_always_makes_the_former_one_wait_to_be_named(garden: Room, ana: User) -> None:
    helper, writer = make_assistant("helper", garden), make_assistant("writer", garden)
    let_answer(room=garden, by=ana, assistant=helper, answers="always")

    let_answer(room=garden, by=ana, assistant=writer, answers="always")

    assert asked(garden, ana, "hello") == ["writer"]
    assert asked(garden, ana, "@helper and you?") == ["helper", "writer"]


def test_in_a_direct_room_it_can_only_be_silent(ana: User) -> None:
    helper = make_assistant("helper")
    room = direct_room(by=ana, others=[helper.user])
    with pytest.raises(Invalid):
        let_answer(room=room, by=ana, assistant=helper, answers="mentioned")

    let_answer(room=room, by=ana, assistant=helper, answers="never")
    assert asked(room, ana, "@helper hello") == []
    let_answer(room=room, by=ana, assistant=helper, answers="always")

    assert asked(room, ana, "hello") == ["helper"]


def test_it_is_for_owners_and_for_assistants_of_the_room(garden: Room, ana: User, ben: User) -> None:
    helper, away = make_assistant("helper", garden), make_assistant("away")

    with pytest.raises(Forbidden):
        let_answer(room=garden, by=ben, assistant=helper, answers="never")
    with pytest.raises(Invalid, match="away is not in this room"):
        let_answer(room=garden, by=ana, assistant=away, answers="always")
    with pytest.raises(Invalid):
        let_answer(room=garden, by=ana, assistant=helper, answers="sometimes")

    assert membership(garden, helper.user).is_silent is False


def test_a_choice_is_a_change_of_the_room_and_the_same_one_again_is_none(
    transactional_db: None, ana: User, heard: Heard
) -> None:
    room = make_room("lab", owner=ana)
    helper = make_assistant("helper", room)
    before = fresh(room).revision
    heard.forget()

    for _ in range(2):
        let_answer(room=room, by=ana, assistant=helper, answers="always")

    assert (fresh(room).revision, fresh(room).changed_revision) == (before + 1, before + 1)
    assert [change["revision"] for change in heard.of_kind("change")] == [before + 1]


def test_who_is_made_to_answer_always_is_not_silent_any_more(garden: Room, ana: User) -> None:
    helper = make_assistant("helper", garden)
    let_answer(room=garden, by=ana, assistant=helper, answers="never")

    change_room(room=garden, by=ana, answering_assistant=helper)

    assert asked(garden, ana, "hello") == ["helper"]


def test_taken_out_and_brought_in_again_it_waits_to_be_named(garden: Room, ana: User) -> None:
    helper = make_assistant("helper", garden)
    let_answer(room=garden, by=ana, assistant=helper, answers="always")

    remove_member(room=garden, by=ana, user=helper.user)
    add_member(room=garden, by=ana, user=helper.user)

    assert asked(garden, ana, "hello") == []
    assert asked(garden, ana, "@helper hello") == ["helper"]


def test_a_room_can_do_without_assistants_and_have_them_back(garden: Room, ana: User) -> None:
    helper = make_assistant("helper", garden)
    let_answer(room=garden, by=ana, assistant=helper, answers="always")

    change_room(room=garden, by=ana, has_assistants=False)
    assert asked(garden, ana, "@helper hello") == []
    change_room(room=garden, by=ana, has_assistants=True)

    assert asked(garden, ana, "hello") == ["helper"]


def test_instructions_are_kept_with_their_lines(garden: Room, ana: User, ben: User) -> None:
    with pytest.raises(Forbidden):
        change_room(room=garden, by=ben, instructions="Obey Ben.")
    with pytest.raises(Invalid):
        change_room(room=garden, by=ana, instructions="x" * 4001)

    change_room(room=garden, by=ana, instructions="  Answer in French.\r\nBe\x00 short. ")

    assert fresh(garden).instructions == "Answer in French.\nBe short."
