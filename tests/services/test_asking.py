"""A question of a program, said once however often it is asked."""

from __future__ import annotations

from functools import partial
from uuid import uuid4

import pytest
from pytest_django import Settings

from chat.exceptions import AssistantUnavailable
from chat.models import Assistant, Message, Reply, Room, User
from chat.services.asking import Asked, ask
from chat.services.assistants import save_assistant
from chat.services.rooms import add_member, archive_room, change_room
from tests.at_once import at_once
from tests.factories import make_assistant, make_person, make_room

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana() -> User:
    return make_person("ana")


@pytest.fixture
def garden(ana: User) -> Room:
    return make_room("garden", owner=ana)


@pytest.fixture
def helper(garden: Room, settings: Settings) -> Assistant:
    """Who answers where nobody is named."""
    settings.DEFAULT_ASSISTANT = "helper"
    return make_assistant("helper", garden)


@pytest.fixture
def other(garden: Room) -> Assistant:
    return make_assistant("other", garden)


@pytest.mark.parametrize("room", ["garden", None])
@pytest.mark.parametrize("assistant", ["helper", "Helper", None])
def test_a_question_asked_again_has_its_answer_though_the_assistant_is_switched_off(
    ana: User, helper: Assistant, room: str | None, assistant: str | None
):
    question = partial(ask, by=ana, text="why?", room=room, assistant=assistant, client_id=uuid4())
    first = question()
    save_assistant(slug="helper", enabled=False)

    assert question() == first
    with pytest.raises(AssistantUnavailable):
        question(client_id=uuid4())
    assert Message.objects.count() == 2


@pytest.mark.parametrize("room", ["garden", None])
def test_a_question_asked_again_is_not_asked_of_who_answers_now(
    ana: User, garden: Room, helper: Assistant, other: Assistant, settings: Settings, room: str | None
):
    question = partial(ask, by=ana, text="@other why?", room=room, client_id=uuid4())
    first = question()
    settings.DEFAULT_ASSISTANT = "other"
    change_room(room=garden, by=ana, answering_assistant=other)

    assert question() == first
    assert first.reply.author_id == helper.user_id


def test_a_question_asked_again_has_its_answer_though_the_room_is_closed(ana: User, garden: Room, helper: Assistant):
    question = partial(ask, by=ana, text="why?", room="garden", client_id=uuid4())
    first = question()
    archive_room(room=garden, by=ana)

    assert question() == first


def test_with_the_same_client_id_nobody_else_of_the_room_is_asked(ana: User, helper: Assistant, other: Assistant):
    question = partial(ask, by=ana, text="why?", room="garden", client_id=uuid4())
    question(assistant="helper")

    with pytest.raises(AssistantUnavailable, match="With this client_id"):
        question(assistant="other")
    assert Reply.objects.count() == 1


def test_what_is_asked_under_the_same_client_id_by_others_or_elsewhere_is_another_question(
    ana: User, garden: Room, helper: Assistant, other: Assistant
):
    ben, meadow, client_id = make_person("ben"), make_room("meadow", owner=ana), uuid4()
    add_member(room=meadow, by=ana, user=helper.user)

    asked = [
        ask(by=ana, text="why?", room="garden", client_id=client_id),
        ask(by=ben, text="why?", room="garden", client_id=client_id),
        ask(by=ana, text="why?", room="meadow", client_id=client_id),
        ask(by=ana, text="why?", client_id=client_id),
        ask(by=ben, text="why?", client_id=client_id),
        ask(by=ana, text="why?", assistant="other", client_id=client_id),
    ]

    assert len({each.reply.pk for each in asked}) == 6
    assert len({each.room.pk for each in asked}) == 5


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("room", ["garden", None])
def test_a_question_asked_four_times_at_once_is_one(ana: User, helper: Assistant, room: str | None):
    question = partial(ask, by=ana, text="why?", room=room, client_id=uuid4())

    asked = at_once(question, question, question, question)

    assert all(isinstance(each, Asked) for each in asked), asked
    assert len({each.reply.pk for each in asked}) == 1
    assert Reply.objects.count() == 1
