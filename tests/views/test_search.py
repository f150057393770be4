from __future__ import annotations

from urllib.parse import quote

import pytest

from chat.limits import SEARCHES, WINDOW_SECONDS
from chat.models import Message, Room, User
from chat.services.rooms import direct_room
from chat.views.search import FOUND_PER_PAGE
from tests.factories import make_message
from tests.views.conftest import browser
from tests.views.markup import Element, parse


def page(reader: User, query: str, more: str = "") -> Element:
    answer = browser(reader).get(f"/search/?q={quote(query)}{more}")
    assert answer.status_code == 200
    return parse(answer.content)


def rows(found: Element) -> list[str]:
    return [row.text for row in found.find("p", class_="directory__topic found__passage")]


def test_what_was_said_is_found_with_its_words_marked_and_leads_to_its_place(ana: User, garden: Room) -> None:
    message = make_message(garden, ana, "The **door** & <the> doors")
    found = page(ana, "door")

    assert rows(found) == ["The door & <the> doors"]
    assert [mark.text for mark in found.find("mark")] == ["door", "doors"]
    (link,) = [link for link in found.find("a") if link.text == "The door & <the> doors"]
    assert link.attributes["href"] == f"/rooms/garden/?around={message.sequence}#message-{message.pk}"


def test_it_says_by_whom_and_where_as_the_reader_knows_the_room(ana: User, ben: User) -> None:
    make_message(direct_room(by=ana, others=[ben]), ana, "door")

    for reader, name in [(ana, "ben"), (ben, "ana")]:
        (head,) = page(reader, "door").find("p", class_="directory__name found__head")
        assert head.text.startswith(f"ana in {name} , ")


def test_the_newest_come_first_and_all_can_be_reached(ana: User, garden: Room) -> None:
    texts = [make_message(garden, ana, f"door {number}").text for number in range(FOUND_PER_PAGE + 2)]

    first = page(ana, "door")
    (older,) = [link.attributes["href"] for link in first.find("a") if link.text == "Older"]
    second = parse(browser(ana).get(f"/search/{older}").content)

    assert rows(first) + rows(second) == texts[::-1]
    assert [link.text for link in second.find("a") if link.text in ("Older", "Newest")] == ["Newest"]
    last = Message.objects.get(text="door 0").pk
    assert "That was all." in page(ana, "door", f"&before={last}").text


def test_who_may_not_read_a_room_is_told_nothing_of_it(ana: User, eve: User, cellar: Room) -> None:
    make_message(cellar, ana, "door")

    assert rows(page(ana, "door")) == ["door"]
    for query in ("door", "in:cellar door", "from:ana door"):
        found = page(eve, query)
        assert rows(found) == []
        assert "Nobody has said that" in found.text


@pytest.mark.parametrize("query", ["", "  ", "?!", "in:garden "])
def test_without_a_word_nothing_is_looked_for(ana: User, garden: Room, query: str) -> None:
    make_message(garden, ana, "door")
    found = page(ana, query)

    assert rows(found) == []
    assert "Nobody has said that" not in found.text
    (field,) = found.find("input", id="filter")
    assert field.attributes["value"] == query.lstrip()


def test_a_room_and_every_page_lead_there(ana: User, garden: Room) -> None:
    room = parse(browser(ana).get("/rooms/garden/").content)
    leading = {link.attributes.get("aria-label"): link.attributes.get("href") for link in room.find("a")}

    assert leading["Search messages"] == "/search/"
    assert leading["Search in this room"] == "/search/?q=in:garden%20"


def test_strangers_are_asked_to_sign_in(db: None) -> None:
    answer = browser().get("/search/?q=door")

    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("query", ["\x1b[31mdoor", "d" * 5000, "\U0001f6aa", "'\";--", "%F0%28"])
def test_nothing_that_is_typed_is_an_error(ana: User, garden: Room, query: str) -> None:
    assert browser(ana).get(f"/search/?q={query}&before=x").status_code == 200


def test_who_looks_without_end_waits(ana: User, garden: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SEARCHES, "most", 2)
    SEARCHES.forget()
    reader = browser(ana)
    statuses = [reader.get("/search/?q=door").status_code for _ in range(3)]

    assert statuses == [200, 200, 429]
    assert reader.get("/search/").status_code == 200
    assert 0 < int(reader.get("/search/?q=door")["Retry-After"]) <= WINDOW_SECONDS
