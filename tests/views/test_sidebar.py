"""The list of rooms beside every page, and by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chat import presence
from chat.models import Room, User
from tests.factories import make_message, make_person
from tests.views.conftest import browser
from tests.views.markup import Element, parse


@pytest.fixture
def here() -> Iterator[set[int]]:
    presence.here.clear()
    yield presence.here
    presence.here.clear()


def test_the_list_alone_is_the_list_of_the_page(garden: Room, ana: User, here: set[int]) -> None:
    client = browser(ana)

    (beside,) = parse(client.get("/rooms/garden/").content).find("room-list")
    (alone,) = parse(client.get("/sidebar/?room=garden").content).find("room-list")

    assert alone.text == beside.text
    assert [link.attributes["href"] for link in alone.find("a", aria_current="page")] == ["/rooms/garden/"]


def test_a_room_that_is_not_ones_own_is_not_shown_by_asking_for_it(cellar: Room, eve: User, here: set[int]) -> None:
    (alone,) = parse(browser(eve).get("/sidebar/?room=cellar").content).find("room-list")

    assert "Cellar" not in alone.text
    assert alone.find("a", aria_current="page") == []


def test_a_stranger_is_sent_to_sign_in(db: None) -> None:
    assert browser(htmx=True).get("/sidebar/").status_code == 401
    assert browser().get("/sidebar/").status_code == 302


def test_here_now_are_the_others_a_few_faces_and_a_number(garden: Room, ana: User, here: set[int]) -> None:
    others = [make_person(f"guest-{number}") for number in range(8)]
    here.update({ana.pk, *(other.pk for other in others)})

    (line,) = parse(browser(ana).get("/sidebar/").content).find("a", class_="rooms__here")

    assert [face.attributes["title"] for face in _faces(line)] == [f"guest-{number}" for number in range(6)]
    assert line.text.endswith("+2")


def test_a_page_that_asks_whether_it_shows_who_is_here_is_told_only_if_not(
    garden: Room, ana: User, ben: User, here: set[int], django_assert_max_num_queries: Callable[..., Any]
) -> None:
    client, eve = browser(ana), make_person("guest")
    here.update({ana.pk, ben.pk, eve.pk})

    with django_assert_max_num_queries(3):
        assert client.get(f"/sidebar/?here={ben.pk},{eve.pk}").status_code == 204

    here.discard(ben.pk)
    (line,) = parse(client.get(f"/sidebar/?here={ben.pk},{eve.pk}").content).find("a", class_="rooms__here")
    assert [face.attributes["title"] for face in _faces(line)] == ["guest"]
    assert client.get("/sidebar/?here=").status_code == client.get("/sidebar/?here=x").status_code == 200

    here.discard(eve.pk)
    assert client.get("/sidebar/?here=").status_code == 204


def test_who_came_where_no_more_faces_are_shown_is_no_reason_to_tell(garden: Room, ana: User, here: set[int]) -> None:
    guests = [make_person(f"guest-{number}").pk for number in range(7)]
    here.update(guests[:6])
    shown = ",".join(map(str, guests[:5]))
    assert browser(ana).get(f"/sidebar/?here={shown}").status_code == 200

    shown = ",".join(map(str, guests[:6]))
    here.add(guests[6])
    assert browser(ana).get(f"/sidebar/?here={shown}").status_code == 204


def test_alone_one_is_told_so(garden: Room, ana: User, here: set[int]) -> None:
    here.add(ana.pk)

    (line,) = parse(browser(ana).get("/sidebar/").content).find("a", class_="rooms__here")

    assert line.text == "Here now only you"


def test_the_menu_of_a_phone_says_that_something_waits_elsewhere(garden: Room, ana: User, ben: User) -> None:
    def label(path: str) -> str:
        (menu,) = parse(browser(ana).get(path).content).find("button", popovertarget="rooms")
        return menu.attributes["aria-label"]

    make_message(garden, ben)

    assert label("/rooms/general/") == "Rooms, something new"
    assert label("/rooms/garden/") == "Rooms"


@pytest.mark.parametrize(("kind", "names"), [("here", ["ben"]), ("person", ["ana", "ben"]), ("bot", [])])
def test_people_are_listed_by_kind(ana: User, ben: User, here: set[int], kind: str, names: list[str]) -> None:
    here.add(ben.pk)

    page = parse(browser(ana).get(f"/people/?kind={kind}").content)

    assert [link.text for link in page.find("a", class_="directory__name")] == names


def _faces(line: Element) -> list[Element]:
    return [element for element in line.find("span") if "data-here" in element.attributes]


def test_a_number_that_is_none_is_nobody_who_is_here(ana: User, here: set[int]) -> None:
    assert browser(ana).get(f"/sidebar/?here={'9' * 5_000},²,1").status_code == 200
