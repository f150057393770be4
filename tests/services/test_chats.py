from __future__ import annotations

import pytest
from pytest_django import Settings

from chat.exceptions import AssistantUnavailable, Forbidden, NotAMember
from chat.models import (
    Assistant,
    Attempt,
    Membership,
    Mention,
    Message,
    RemoteConversation,
    Reply,
    Room,
    SiteSettings,
    User,
)
from chat.models.rooms import UNTITLED
from chat.replies import ledger
from chat.replies.outcomes import Outcome
from chat.services.answering import let_answer
from chat.services.assistants import save_assistant
from chat.services.chats import default_assistant, delete_chat, new_chat
from chat.services.commands import run_command
from chat.services.memberships import add_member, leave_room
from chat.services.messages import delete_message, edit_message
from chat.services.people import visit
from chat.services.reactions import toggle_reaction
from chat.services.rooms import archive_room, change_room
from tests.announcements import Heard, heard
from tests.factories import fresh, make_assistant, make_message, make_person, membership, start_reply

__all__ = ["heard"]


@pytest.fixture
def helper(db: None) -> Assistant:
    return make_assistant("helper")


@pytest.fixture
def chat(ana: User, helper: Assistant) -> Room:
    return new_chat(by=ana, assistant=helper)


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


def test_a_chat_is_named_by_the_first_words_in_it_once(ana: User, chat: Room) -> None:
    make_message(chat, ana, "🙂")
    assert fresh(chat).name == "New chat"
    make_message(chat, ana, "**What** grows in shade? It is dry.")
    make_message(chat, ana, "And in the sun?")

    assert (fresh(chat).name, fresh(chat).is_untitled) == ("What grows in shade?", False)


def test_the_first_words_do_not_take_a_name_away(ana: User, chat: Room) -> None:
    change_room(room=chat, by=ana, name="Garden plans")

    make_message(chat, ana, "What grows in shade?")

    assert (fresh(chat).name, fresh(chat).is_untitled) == ("Garden plans", False)


def test_a_chat_is_not_called_by_words_that_were_deleted(ana: User, chat: Room) -> None:
    question = make_message(chat, ana, "My salary, please. It is a secret.")
    assert fresh(chat).name == "My salary, please"

    delete_message(message=question, by=ana)
    assert fresh(chat).name == UNTITLED

    make_message(chat, ana, "How do bees sleep?")
    assert fresh(chat).name == "How do bees sleep?"


def test_a_chat_is_called_by_its_first_words_as_they_are_now(ana: User, chat: Room) -> None:
    question = make_message(chat, ana, "My salary, please. It is a secret.")

    edit_message(message=question, by=ana, text="What do others earn?")
    assert fresh(chat).name == "What do others earn?"

    delete_message(message=question, by=ana)
    assert fresh(chat).name == UNTITLED


def test_a_name_that_somebody_gave_outlives_what_is_edited(ana: User, chat: Room, garden: Room) -> None:
    question = make_message(chat, ana, "My salary, please.")
    change_room(room=chat, by=ana, name="Money")
    elsewhere = make_message(garden, ana, garden.name)

    edit_message(message=question, by=ana, text="What do others earn?")
    edit_message(message=elsewhere, by=ana, text="What else?")

    assert (fresh(chat).name, fresh(garden).name) == ("Money", garden.name)


def test_a_name_that_somebody_gave_outlives_what_is_deleted(ana: User, chat: Room, garden: Room) -> None:
    question = make_message(chat, ana, "My salary, please.")
    change_room(room=chat, by=ana, name="Money")
    elsewhere = make_message(garden, ana, garden.name)

    delete_message(message=question, by=ana)
    delete_message(message=elsewhere, by=ana)

    assert (fresh(chat).name, fresh(garden).name) == ("Money", garden.name)


def test_where_assistants_make_titles_the_first_words_stand_until_then(
    ana: User, chat: Room, settings: Settings
) -> None:
    settings.CHAT_TITLES = "assistant"

    make_message(chat, ana, "What grows in shade?")
    make_message(chat, ana, "And in the sun?")

    assert (fresh(chat).name, fresh(chat).is_untitled) == ("What grows in shade?", True)


def test_a_room_that_is_no_chat_keeps_its_name(ana: User, garden: Room) -> None:
    make_message(garden, ana, "What grows in shade?")

    assert fresh(garden).name == "Garden"


def test_a_title_is_a_change_of_the_room_and_of_its_peoples_lists(transactional_db: None, heard: Heard) -> None:
    ana = make_person("ana")
    chat = new_chat(by=ana, assistant=make_assistant("helper"))
    heard.forget()

    make_message(chat, ana, "hello there")

    room, said, _answer = heard.of_kind("change")
    assert '"name":"hello there"' in room["json"]
    assert room["revision"] < said["revision"]
    assert [event["room"] for event in heard.of_kind("listed")] == [chat.pk]


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


def test_a_deleted_chat_keeps_no_word(ana: User, chat: Room, helper: Assistant) -> None:
    make_message(chat, ana, "my @ana secret")
    attempt = start_reply(Message.objects.get(reply__isnull=False))
    Attempt.objects.update(text="the secret", reasoning="thinking", error_detail="secret")
    RemoteConversation.objects.create(assistant=helper, room=chat, remote_id="1")
    change_room(room=chat, by=ana, topic="secret", instructions="secret")
    visit(user=ana, room=chat)
    toggle_reaction(message=Message.objects.get(reply__isnull=True), by=ana, emoji="🤫")
    before = fresh(chat)

    delete_chat(room=chat, by=ana)

    after = fresh(chat)
    rows = list(Message.objects.in_room(chat).order_by("sequence"))
    assert [(row.text, row.html, row.deleted_by, row.status) for row in rows] == [
        ("", "", ana, "complete"),
        ("", "", ana, "stopped"),
    ]
    assert [row.revision for row in rows] == [before.revision + 1, before.revision + 2]
    assert (after.name, after.topic, after.instructions, after.is_archived) == ("Deleted chat", "", "", True)
    assert after.revision == after.changed_revision == before.revision + 3
    attempt.refresh_from_db()
    assert (attempt.text, attempt.reasoning, attempt.error_detail) == ("", "", "")
    assert not Mention.objects.exists()
    assert not Message.objects.filter(reactions__isnull=False).exists()
    assert not RemoteConversation.objects.exists()
    assert User.objects.get(pk=ana.pk).last_room is None


def test_a_deleted_chat_is_nobodys_any_more(ana: User, ben: User, chat: Room) -> None:
    add_member(room=chat, by=ana, user=ben)

    delete_chat(room=chat, by=ana)

    assert not Room.objects.visible_to(ana).filter(pk=chat.pk).exists()
    assert not Room.objects.visible_to(ben).filter(pk=chat.pk).exists()
    with pytest.raises((NotAMember, Forbidden)):
        delete_chat(room=chat, by=ana)


def test_what_was_being_written_in_a_deleted_chat_can_write_no_more(ana: User, chat: Room) -> None:
    make_message(chat, ana, "tell me everything")
    (lease,) = ledger.claim("a writer", limit=10)

    delete_chat(room=chat, by=ana)

    with pytest.raises(ledger.LeaseLost):
        ledger.finish(lease, Outcome(status="complete", reason="stop", text="everything"))
    assert Reply.objects.get().is_open is False
    assert not Message.objects.exclude(text="").exists()


def test_only_its_owner_deletes_a_chat_and_only_chats_can_be(ana: User, ben: User, chat: Room, garden: Room) -> None:
    add_member(room=chat, by=ana, user=ben)
    make_message(chat, ana, "to be kept")

    with pytest.raises(Forbidden):
        delete_chat(room=chat, by=ben)
    with pytest.raises(Forbidden, match="Only a chat"):
        delete_chat(room=garden, by=ana)

    assert Message.objects.filter(text="to be kept").exists()


def test_deleting_is_told_to_sockets_lists_and_whoever_writes(transactional_db: None, heard: Heard) -> None:
    ana = make_person("ana")
    chat = new_chat(by=ana, assistant=make_assistant("helper"))
    make_message(chat, ana, "hello")
    start_reply(Message.objects.get(reply__isnull=False))
    heard.forget()

    delete_chat(room=chat, by=ana)

    assert [(event["room"], event["joined"]) for event in heard.of_kind("membership")] == [(chat.pk, False)] * 2
    assert [event["room"] for event in heard.of_kind("access")] == [chat.pk]
    assert len(heard.of_kind("stop")) == 1


@pytest.mark.parametrize("count", [1, 40])
def test_a_long_chat_is_deleted_by_as_many_statements_as_a_short_one(
    ana: User, chat: Room, count: int, django_assert_max_num_queries: object
) -> None:
    change_room(room=chat, by=ana, has_assistants=False)
    for number in range(count):
        make_message(chat, ana, f"line {number}")

    with django_assert_max_num_queries(22):  # type: ignore[operator]
        delete_chat(room=chat, by=ana)
