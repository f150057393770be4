"""A page without scripts, sent twice: by a second press on a slow line, or loaded anew where no answer came."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from chat.models import Room, User
from tests.at_once import at_once
from tests.factories import make_assistant, make_message, make_person, make_reply
from tests.views.conftest import browser
from tests.views.markup import parse

MESSAGES = "/rooms/garden/messages/"


def page_of(content: bytes) -> str:
    """By which a form says that it is the same one."""
    (field,) = parse(content).find("input", name="page")
    return field.attributes["value"] or ""


def opened(client: Client) -> str:
    return page_of(client.get("/rooms/garden/").content)


def said_in(room: Room) -> list[str]:
    return list(room.messages.order_by("sequence").values_list("text", flat=True))


@pytest.mark.parametrize("text", ["@helper hello", "/ask helper hello"])
def test_its_words_are_said_once_and_answered_once(garden: Room, ana: User, text: str) -> None:
    make_assistant("helper", garden)
    client = browser(ana)
    form = {"text": text, "page": opened(client), "reply_to": ""}

    assert [client.post(MESSAGES, form).status_code for _ in range(2)] == [302, 302]

    assert len(said_in(garden)) == 2  # with the one answer


def test_other_words_or_files_are_other_messages(garden: Room, ana: User) -> None:
    client = browser(ana)
    page = {"page": opened(client), "reply_to": ""}

    for text, files in [("one", b""), ("two", b""), ("", b"three"), ("", b"and four")]:
        sent = {"files": SimpleUploadedFile("words.txt", files)} if files else {}
        assert client.post(MESSAGES, {"text": text, **page, **sent}).status_code == 302
    first = garden.messages.get(text="one")
    client.post(MESSAGES, {"text": "one", **page, "reply_to": str(first.pk)})

    assert said_in(garden) == ["one", "two", "", "", "one"]


def test_the_next_page_says_the_same_words_again(garden: Room, ana: User) -> None:
    client = browser(ana)

    for _ in range(2):
        client.post(MESSAGES, {"text": "yes", "page": opened(client)})

    assert said_in(garden) == ["yes", "yes"]


def test_what_was_refused_the_second_time_was_said_all_the_same(garden: Room, ana: User) -> None:
    client = browser(ana)
    form = {"text": "hello", "page": opened(client)}
    client.post(MESSAGES, form)

    refused = client.post(MESSAGES, {**form, "reply_to": "999999"})
    client.post(MESSAGES, {"text": "hello", "page": page_of(refused.content)})

    assert refused.status_code == 404
    assert said_in(garden) == ["hello"]


def test_a_page_that_is_none_is_refused(garden: Room, ana: User) -> None:
    assert browser(ana).post(MESSAGES, {"text": "hello", "page": "1"}).status_code == 422
    assert said_in(garden) == []


@pytest.mark.django_db(transaction=True)
def test_a_new_room_is_made_once() -> None:
    ana = make_person("ana")
    form = {"name": "By hand", "topic": "Wood ", "kind": "private"}

    def press() -> str:
        return browser(ana).post("/rooms/", form)["Location"]

    assert at_once(press, press) == ["/rooms/by-hand/"] * 2
    assert Room.objects.filter(name="By hand").count() == 1


@pytest.mark.parametrize("change", [{"topic": "another"}, {"kind": "public"}, {"name": "By foot"}])
def test_another_one_is_another(ana: User, change: dict[str, str]) -> None:
    client, form = browser(ana), {"name": "By hand", "topic": "", "kind": "private"}

    assert client.post("/rooms/", form)["Location"] != client.post("/rooms/", form | change)["Location"]


def test_so_is_one_of_the_same_name_once_something_was_said_in_the_first(ana: User) -> None:
    client, form = browser(ana), {"name": "By hand", "topic": "", "kind": "private"}
    client.post("/rooms/", form)
    make_message(Room.objects.get(slug="by-hand"), ana)

    client.post("/rooms/", form)

    assert Room.objects.filter(name="By hand").count() == 2


def test_a_reply_that_has_stopped_is_shown_to_who_stops_it_once_more(garden: Room, ana: User) -> None:
    reply = make_reply(garden, ana, make_assistant("helper", garden))
    stop = f"/messages/{reply.pk}/stop"

    answers = [browser(ana).post(stop) for _ in range(2)]

    assert [(answer.status_code, answer["Location"]) for answer in answers] == [(302, answers[0]["Location"])] * 2
    assert browser(ana, htmx=True).post(stop).status_code == 409
