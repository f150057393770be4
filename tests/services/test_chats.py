from __future__ import annotations

import pytest
from pytest_django import Settings

from chat.exceptions import AssistantUnavailable, Forbidden
from chat.models import Assistant, Membership, Reply, Room, SiteSettings, User
from chat.services.answering import let_answer
from chat.services.assistants import save_assistant
from chat.services.chats import default_assistant, new_chat
from chat.services.commands import run_command
from chat.services.memberships import add_member, leave_room
from chat.services.rooms import archive_room, change_room
from tests.factories import make_assistant, make_message, membership


def test_a_new_chat_is_a_private_room_whose_assistant_answers_everything(
    ana: User, helper: Assistant, chat: Room
) -> None:
    prompt = make_message(chat, ana, "hello")

    assert (chat.name, chat.kind, chat.chat_with) == ("New chat", "private", helper)
    assert membership(chat, ana).role == Membership.Role.OWNER
    assert membership(chat, helper.user).role == Membership.Role.MEMBER
    assert Reply.objects.get(prompt=prompt).assistant == helper


def test_a_chat_in_which_nothing_was_said_is_taken_again(ana: User, ben: User, helper: Assistant, chat: Room) -> None:
    assert new_chat(by=ana, assistant=helper) == chat
    assert new_chat(by=ben, assistant=helper) != chat
    assert new_chat(by=ana, assistant=make_assistant("writer")) != chat

    make_message(chat, ana, "hello")

    assert new_chat(by=ana, assistant=helper) != chat


def test_an_empty_chat_into_which_somebody_was_brought_is_not_taken_again(
    ana: User, ben: User, helper: Assistant, chat: Room
) -> None:
    add_member(room=chat, by=ana, user=ben)

    assert new_chat(by=ana, assistant=helper) != chat


def test_an_empty_chat_whose_assistant_was_silenced_is_not_taken_again(
    ana: User, helper: Assistant, chat: Room
) -> None:
    let_answer(room=chat, by=ana, assistant=helper, answers="never")

    assert new_chat(by=ana, assistant=helper) != chat


def test_an_empty_chat_that_was_named_or_instructed_is_kept(ana: User, helper: Assistant, chat: Room) -> None:
    change_room(room=chat, by=ana, instructions="Be brief.")
    second = new_chat(by=ana, assistant=helper)
    change_room(room=second, by=ana, name="Plans")

    assert len({chat.pk, second.pk, new_chat(by=ana, assistant=helper).pk}) == 3


def test_an_assistant_that_is_switched_off_opens_no_chat(ana: User, helper: Assistant) -> None:
    save_assistant(slug="helper", enabled=False)

    with pytest.raises(AssistantUnavailable):
        new_chat(by=ana, assistant=helper)


def test_where_nobody_would_answer_no_chat_is_opened(ana: User, ben: User, helper: Assistant) -> None:
    ana.hides_assistants = True
    with pytest.raises(AssistantUnavailable, match="You have hidden assistants"):
        new_chat(by=ana, assistant=helper)

    SiteSettings.objects.create(pk=1, has_assistants=False)
    with pytest.raises(AssistantUnavailable, match="switched off on this site"):
        new_chat(by=ben, assistant=helper)

    assert not Room.objects.filter(chat_with__isnull=False).exists()


def test_the_default_is_the_sites_or_else_the_first_there_is(helper: Assistant, settings: Settings) -> None:
    writer = make_assistant("writer")

    settings.DEFAULT_ASSISTANT = "writer"
    assert default_assistant() == writer
    save_assistant(slug="writer", enabled=False)
    assert default_assistant() == helper
    save_assistant(slug="helper", enabled=False)
    assert default_assistant() is None


def test_a_chat_stays_private(ana: User, chat: Room) -> None:
    with pytest.raises(Forbidden):
        change_room(room=chat, by=ana, kind="public")


def test_its_owner_neither_leaves_nor_archives_a_chat(ana: User, ben: User, chat: Room) -> None:
    add_member(room=chat, by=ana, user=ben)

    with pytest.raises(Forbidden, match="It can be deleted"):
        leave_room(room=chat, user=ana)
    with pytest.raises(Forbidden, match="It can be deleted"):
        archive_room(room=chat, by=ana)
    assert run_command(room=chat, by=ana, text="/leave").leads_to == "chat-delete"
    leave_room(room=chat, user=ben)

    assert set(chat.memberships.values_list("user__username", flat=True)) == {"ana", "helper"}
