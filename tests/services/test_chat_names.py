"""What a chat is called."""

from __future__ import annotations

from pytest_django import Settings

from chat.models import Room, User
from chat.models.rooms import UNTITLED
from chat.services.chats import new_chat
from chat.services.messages import delete_message, edit_message
from chat.services.rooms import change_room
from tests.announcements import Heard, heard
from tests.factories import fresh, make_assistant, make_message, make_person

__all__ = ["heard"]


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
