"""New chats, the list of them, another name, the end."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import Settings

from chat.models import Room, User
from chat.services.assistants import save_assistant
from chat.services.chats import delete_chat, new_chat
from chat.services.memberships import add_member
from tests.factories import fresh, make_assistant, make_message
from tests.views.conftest import browser
from tests.views.markup import parse
from tests.views.test_query_counts import queries_of


def begin(user: User, text: str, assistant: str = "helper") -> Room:
    """A chat in which something was asked."""
    room = new_chat(by=user, assistant=make_assistant(assistant))
    make_message(room, user, text)
    return fresh(room)


def titles(client: Client, path: str) -> list[str]:
    return [link.text for link in parse(client.get(path).content).find("a", class_="directory__name")]


def in_sidebar(client: Client, path: str = "/sidebar/") -> list[str]:
    (listed,) = parse(client.get(path).content).find("room-list")
    sections = [section for section in listed.find("section") if section.find("h2", id="chats-heading")]
    return [name.text for section in sections for name in section.find("span", class_="room-link__name")]


def test_one_press_opens_a_chat_with_the_default_assistant(ana: User, settings: Settings) -> None:
    make_assistant("helper")
    make_assistant("writer")
    settings.DEFAULT_ASSISTANT = "writer"

    answer = browser(ana).post("/chats/new/")

    room = Room.objects.get(chat_with__isnull=False)
    assert answer["Location"] == f"/rooms/{room.slug}/"
    assert room.chat_with is not None
    assert room.chat_with.slug == "writer"


def test_where_there_are_several_one_chooses(ana: User) -> None:
    make_assistant("helper")
    make_assistant("writer")
    make_assistant("asleep", enabled=False)
    client = browser(ana)

    offered = parse(client.get("/chats/new/").content).find("button", name="assistant")
    page = client.post("/chats/new/", {"assistant": "writer"}, follow=True)

    assert [button.attributes["value"] for button in offered] == ["helper", "writer"]
    assert parse(page.content).find("h2", class_="letter__title")[0].text == "Ask writer"
    steps = parse(page.content).find("li", class_="letter__step")
    assert "Ask somebody else helper Choose" in [step.text for step in steps]


def test_without_an_assistant_a_chat_is_refused_in_words(ana: User) -> None:
    client = browser(ana)

    refused = client.post("/chats/new/")
    unknown = client.post("/chats/new/", {"assistant": "nobody"})

    assert (refused.status_code, unknown.status_code) == (409, 409)
    assert "No assistant is switched on yet." in refused.content.decode()
    assert "Nobody to ask yet" in client.get("/chats/new/").content.decode()


def test_the_page_of_an_assistant_offers_a_chat_while_it_is_switched_on(ana: User) -> None:
    make_assistant("helper")

    def offered() -> list[str]:
        page = parse(browser(ana).get("/people/helper/").content)
        return [button.attributes["value"] for button in page.find("button", formaction="/chats/new/")]

    assert offered() == ["helper"]
    save_assistant(slug="helper", enabled=False)
    assert offered() == []


def test_chats_are_listed_by_their_last_words_and_empty_ones_are_not(ana: User) -> None:
    first, _ = begin(ana, "about beans"), begin(ana, "about peas")
    empty = new_chat(by=ana, assistant=make_assistant("helper"))
    client = browser(ana)
    assert titles(client, "/chats/") == in_sidebar(client) == ["about peas", "about beans"]

    make_message(first, ana, "more about beans")

    assert titles(client, "/chats/") == in_sidebar(client) == ["about beans", "about peas"]
    assert in_sidebar(client, f"/rooms/{empty.slug}/") == ["New chat", "about beans", "about peas"]


def test_the_sidebar_has_the_eight_newest_and_the_one_that_is_shown(ana: User) -> None:
    oldest = begin(ana, "chat 0")
    for number in range(1, 11):
        begin(ana, f"chat {number}")
    client = browser(ana)

    newest = [f"chat {number}" for number in range(10, 2, -1)]

    assert in_sidebar(client) == newest
    assert in_sidebar(client, f"/rooms/{oldest.slug}/") == [*newest, "chat 0"]
    assert len(titles(client, "/chats/")) == 11


def test_chats_are_no_rooms_of_the_directory_nor_of_the_list_of_rooms(ana: User) -> None:
    chat = begin(ana, "about beans")
    page = parse(browser(ana).get("/rooms/").content)

    assert chat.name not in [link.text for link in page.find("a", class_="directory__name")]
    rows = page.find("room-link", data_room=chat.slug)
    assert len(rows) == 1


def test_a_chat_is_found_by_its_title_and_by_ones_own_words(ana: User, ben: User) -> None:
    chat = begin(ana, "about beans")
    make_message(chat, ana, "which ones climb a *Pole*?")
    add_member(room=chat, by=ana, user=ben)
    make_message(chat, ben, "turnips!")
    begin(ana, "about peas")
    client = browser(ana)

    assert titles(client, "/chats/?q=BEANS") == ["about beans"]
    assert titles(client, "/chats/?q=pole") == ["about beans"]
    assert titles(client, "/chats/?q=turnips") == titles(client, "/chats/?q=%25") == []
    assert titles(browser(ben), "/chats/") == []


def test_a_chat_is_renamed(ana: User) -> None:
    chat = begin(ana, "about beans")
    client = browser(ana)

    refused = client.post(f"/chats/{chat.slug}/rename", {"name": " "})
    answer = client.post(f"/chats/{chat.slug}/rename", {"name": "Beans"})

    assert (refused.status_code, answer["Location"]) == (422, "/chats/")
    assert titles(client, "/chats/") == ["Beans"]


def test_deleting_asks_first_and_then_nothing_is_left(ana: User) -> None:
    chat = begin(ana, "about beans")
    client = browser(ana)
    client.get(f"/rooms/{chat.slug}/")

    asked = client.get(f"/chats/{chat.slug}/delete")
    assert "about beans" in asked.content.decode()
    assert titles(client, "/chats/") == ["about beans"]
    page = client.post(f"/chats/{chat.slug}/delete", follow=True)

    assert parse(page.content).find("p", class_="notice")[0].text == "The chat is deleted."
    assert titles(client, "/chats/") == in_sidebar(client) == []
    for path in ("", "settings", "messages/"):
        assert client.get(f"/rooms/{chat.slug}/{path}").status_code == 404
    assert client.get(f"/chats/{chat.slug}/delete").status_code == 404
    assert client.get(f"/api/rooms/{chat.slug}").status_code == 404
    assert client.get("/")["Location"] == "/rooms/general/"


@pytest.mark.parametrize("act", ["rename", "delete"])
def test_what_is_somebody_elses_or_no_chat_is_not_there(ana: User, eve: User, garden: Room, act: str) -> None:
    chat = begin(ana, "about beans")

    assert browser(eve).get(f"/chats/{chat.slug}/{act}").status_code == 404
    assert browser(eve).post(f"/chats/{chat.slug}/{act}", {"name": "Mine"}).status_code == 404
    assert browser(ana).get(f"/chats/garden/{act}").status_code == 404
    assert fresh(chat).name == "about beans"


def test_the_settings_of_a_chat_lead_to_its_end(ana: User) -> None:
    chat = begin(ana, "about beans")

    page = parse(browser(ana).get(f"/rooms/{chat.slug}/settings").content)

    assert [link.text for link in page.find("a", href=f"/chats/{chat.slug}/delete")] == ["Delete this chat"]
    assert page.find("button", value="archive") == page.find("input", name="kind") == []


def test_two_hundred_chats_cost_as_many_queries_as_two(ana: User) -> None:
    for number in range(2):
        begin(ana, f"few {number}")
    few = {path: queries_of(ana, path) for path in ("/sidebar/", "/chats/", "/rooms/general/", "/chats/?q=few")}

    for number in range(30):
        begin(ana, f"many {number}")

    assert {path: queries_of(ana, path) for path in few} == few
    assert max(few.values()) <= 13
    delete_chat(room=Room.objects.filter(chat_with__isnull=False)[0], by=ana)
