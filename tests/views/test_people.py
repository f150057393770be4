from __future__ import annotations

from chat.models import Room, User
from tests.factories import make_assistant, make_person
from tests.views.conftest import browser
from tests.views.markup import parse


def names(page_of: User, query: str = "") -> list[str]:
    page = parse(browser(page_of).get(f"/people/?q={query}").content)
    return [link.text for link in page.find("a", class_="directory__name")]


def test_everybody_one_can_call_is_listed(ana: User, ben: User) -> None:
    make_assistant("helper")
    make_person("gone")
    User.objects.filter(username="gone").update(is_active=False)

    assert names(ana) == ["helper", "ana", "ben"]
    assert names(ana, "BE") == names(ana, "@be") == ["ben"]


def test_writing_to_somebody_opens_the_one_direct_room(ana: User, ben: User) -> None:
    first = browser(ana).post("/people/ben/")["Location"]
    again = browser(ana).post("/people/ben/")["Location"]
    from_the_other_side = browser(ben).post("/people/ana/")["Location"]

    assert first == again == from_the_other_side
    assert browser(ben).get(first).status_code == 200


def test_a_direct_room_is_closed_to_strangers(ana: User, ben: User, eve: User) -> None:
    room = browser(ana).post("/people/ben/")["Location"]

    assert browser(eve).get(room).status_code == 404
    assert browser(eve).get(f"{room}messages/").status_code == 404


def test_a_direct_room_with_an_assistant_asks_it(ana: User) -> None:
    make_assistant("helper")

    room = browser(ana).post("/people/helper/")["Location"]

    page = parse(browser(ana).get(room).content)
    assert [area.attributes["placeholder"] for area in page.find("textarea", id="text")] == ["Ask helper"]
    assert Room.objects.get(slug=room.split("/")[2]).answering_assistant is not None


def test_a_page_for_each_and_none_for_nobody(ana: User, ben: User) -> None:
    assert "@ben" in browser(ana).get("/people/ben/").content.decode()
    assert browser(ana).get("/people/BEN/").status_code == 200
    assert browser(ana).get("/people/nobody/").status_code == 404


def test_a_closed_account_cannot_be_written_to(ana: User, ben: User) -> None:
    User.objects.filter(pk=ben.pk).update(is_active=False)

    assert parse(browser(ana).get("/people/ben/").content).find("button", class_="button button--primary") == []
    assert browser(ana).post("/people/ben/").status_code == 404


def test_nobody_writes_to_themselves(ana: User) -> None:
    assert browser(ana).post("/people/ana/").status_code == 422


def test_somebody_is_found_in_whatever_case_their_name_was_typed(ana: User, ben: User) -> None:
    User.objects.filter(pk=ben.pk).update(display_name="Иван Ёлкин")

    assert names(ana, "иван") == names(ana, "ИВАН") == names(ana, "ёлкин") == ["Иван Ёлкин"]
