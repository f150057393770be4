from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat.models import Assistant, Room, SiteSettings, User
from chat.services.answering import let_answer
from chat.services.assistants import save_assistant
from chat.services.people import deactivate
from chat.services.rooms import add_member, change_room
from tests.factories import fresh, make_assistant, make_person
from tests.views.conftest import browser
from tests.views.markup import Element, parse

CLIENT_ID = "7b0e2f3a-6f0b-4ad1-9c57-0f3a1d0e8a11"


def offers(user: User, room: Room, typed: str) -> list[Element]:
    answer = browser(user, htmx=True).get(f"/rooms/{room.slug}/completion", {"q": typed})
    assert answer.status_code == 200
    return parse(answer.content).find("div", role="option")


def inserts(user: User, room: Room, typed: str) -> list[str]:
    return [offer.attributes["data-insert"] for offer in offers(user, room, typed)]


def hints(user: User, room: Room, typed: str) -> list[str]:
    return [offer.find("span", class_="completion__hint truncate")[0].text for offer in offers(user, room, typed)]


def test_members_come_first_and_oneself_not_at_all(garden: Room, ana: User, ben: User, eve: User) -> None:
    make_person("abe")

    assert inserts(ana, garden, "@") == ["@ben ", "@abe ", "@eve "]
    assert hints(ana, garden, "@") == ["", "not in this room", "not in this room"]


def test_a_shown_name_is_offered_in_whatever_case_it_is_typed(garden: Room, ana: User, ben: User) -> None:
    User.objects.filter(pk=ben.pk).update(display_name="Иван Ёлкин")

    for typed in ("@ив", "@Ив", "@ИВ", "@ёл", "@Ёл"):
        assert inserts(ana, garden, typed) == ["@ben "]
    assert inserts(ana, garden, "@ан") == []  # no word of it begins so


def test_why_an_assistant_that_is_named_keeps_silent_is_said(garden: Room, ana: User, eve: User) -> None:
    helper = make_assistant("helper")

    def why(user: User = ana) -> tuple[int, str]:
        answer = browser(user).get("/rooms/garden/silence", {"name": "helper"})
        return answer.status_code, answer.content.decode()

    absent = why()
    add_member(room=garden, by=ana, user=helper.user)
    answers = why()
    let_answer(room=garden, by=ana, assistant=helper, answers="never")
    silent = why()
    let_answer(room=garden, by=ana, assistant=helper, answers="mentioned")
    Assistant.objects.update(enabled=False)
    disabled = why()
    SiteSettings.objects.create(pk=1, has_assistants=False)
    off_everywhere = why()
    SiteSettings.objects.update(has_assistants=True)
    change_room(room=garden, by=ana, has_assistants=False)
    off = why()
    change_room(room=garden, by=ana, kind=Room.Kind.PRIVATE)

    assert absent == (200, "helper is not in this room. /ask helper and your question brings it in.")
    assert answers == (204, "")
    assert silent == disabled == (200, "helper does not answer here.")
    assert off == off_everywhere == (200, "Assistants are switched off here, so helper does not answer.")
    assert why(eve)[0] == 404


def test_names_and_the_words_of_shown_names_are_found(garden: Room, ana: User) -> None:
    make_person("mj")
    User.objects.filter(username="mj").update(display_name="Mirjam Öst")

    assert inserts(ana, garden, "@MIR") == inserts(ana, garden, "@Öst") == inserts(ana, garden, "@mj") == ["@mj "]
    assert hints(ana, garden, "@mir") == ["@mj, not in this room"]
    assert inserts(ana, garden, "@irjam") == []


def test_what_is_typed_already_is_marked(garden: Room, ana: User) -> None:
    (offer,) = offers(ana, garden, "@be")

    assert offer.find("mark")[0].text == "be"
    assert offer.find("bdi")[0].text == "be n"


def test_an_assistant_says_when_it_answers(garden: Room, ana: User) -> None:
    always, asked = make_assistant("always", garden), make_assistant("asked", garden)
    make_assistant("away")
    save_assistant(slug=asked.slug, enabled=True)
    change_room(room=garden, by=ana, answering_assistant=always)

    assert dict(zip(inserts(ana, garden, "@a"), hints(ana, garden, "@a"), strict=True)) == {
        "@always ": "assistant, answers here",
        "@asked ": "assistant, answers when asked",
        "@away ": "assistant, not in this room",
    }


def test_who_cannot_answer_is_not_offered(garden: Room, ana: User, ben: User) -> None:
    save_assistant(slug=make_assistant("helper", garden).slug, enabled=False)
    deactivate(person=ben, by=make_person("root", is_staff=True))

    assert inserts(ana, garden, "@helper") == inserts(ana, garden, "@ben") == []


@pytest.mark.parametrize("typed", ["/", "/T", "/topic"])
def test_commands_are_offered_by_their_beginning(garden: Room, ana: User, typed: str) -> None:
    assert "/topic " in inserts(ana, garden, typed)


def test_behind_ask_the_assistants_are_offered_that_would_answer(garden: Room, ana: User) -> None:
    make_assistant("helper", garden)
    make_assistant("heron")
    make_assistant("hermit", garden, enabled=False)
    let_answer(room=garden, by=ana, assistant=make_assistant("hedgehog", garden), answers="never")
    make_person("hera")

    assert inserts(ana, garden, "/ask ") == inserts(ana, garden, "/ASK  @HE") == ["/ask helper ", "/ask heron "]
    assert hints(ana, garden, "/ask he") == ["assistant, answers when asked", "assistant, not in this room"]
    assert hints(ana, garden, "@hedgehog") == ["assistant, does not answer here"]
    assert inserts(ana, garden, "/ask ana") == []


def test_no_command_is_offered_that_there_is_not(garden: Room, ana: User) -> None:
    assert inserts(ana, garden, "/x") == []


def test_a_stranger_is_told_nothing_of_a_private_room(cellar: Room, eve: User) -> None:
    assert browser(eve).get("/rooms/cellar/completion", {"q": "@"}).status_code == 404


def test_a_hundred_people_take_as_many_queries_as_one(garden: Room, ana: User) -> None:
    def queries() -> int:
        client = browser(ana)
        with CaptureQueriesContext(connection) as captured:
            client.get("/rooms/garden/completion", {"q": "@"})
        return len(captured)

    few = queries()
    for number in range(100):
        make_person(f"friend-{number}")

    assert queries() == few
    assert few <= 5


def test_a_command_by_a_fragment_is_answered_in_words_and_nothing_is_said(garden: Room, ana: User) -> None:
    answer = browser(ana, htmx=True).post("/rooms/garden/messages/", {"text": "/topic Beans", "client_id": CLIENT_ID})

    assert (answer.status_code, answer.content.decode()) == (200, "The topic is set.")
    assert answer["X-Client-Id"] == CLIENT_ID
    assert (fresh(garden).topic, fresh(garden).last_sequence) == ("Beans", 0)


def test_a_command_that_leads_away_says_where_to(garden: Room, cellar: Room, ana: User) -> None:
    client = browser(ana, htmx=True)

    assert client.post("/rooms/garden/messages/", {"text": "/help"})["HX-Redirect"] == "/help/writing/#commands"
    assert client.post("/rooms/garden/messages/", {"text": "/leave"})["HX-Redirect"] == "/rooms/"
    assert client.post("/rooms/cellar/messages/", {"text": "/leave"})["HX-Redirect"] == "/rooms/cellar/leave"


def test_a_command_by_a_plain_form_leads_back_with_a_word(garden: Room, ana: User) -> None:
    client = browser(ana)

    page = client.post("/rooms/garden/messages/", {"text": "/topic Beans"}, follow=True)

    assert page.redirect_chain == [("/rooms/garden/", 302)]
    assert parse(page.content).find("p", class_="notice")[0].text == "The topic is set."


def test_a_refused_command_keeps_what_was_typed(garden: Room, ben: User) -> None:
    page = browser(ben).post("/rooms/garden/messages/", {"text": "/topic Beans"})

    assert page.status_code == 403
    assert parse(page.content).find("textarea")[0].text == "/topic Beans"
    assert parse(page.content).find("p", id="composer-problem")[0].text == "Only an owner of the room can do that."


def test_to_programs_every_text_is_a_message(garden: Room, ana: User) -> None:
    said = {"text": "/topic Beans"}

    answer = browser(ana).post("/api/rooms/garden/messages", said, content_type="application/json")

    assert (answer.status_code, answer.json()["text"]) == (201, "/topic Beans")
    assert fresh(garden).topic == ""


def test_how_to_write_is_a_page_and_a_fragment(ana: User) -> None:
    page, fragment = browser(ana).get("/help/writing/"), browser(ana, htmx=True).get("/help/writing/")

    assert parse(page.content).find("h1")[0].text == "How to write"
    assert "<strong>strong</strong>" in fragment.content.decode()
    assert parse(fragment.content).find("h1") == []
