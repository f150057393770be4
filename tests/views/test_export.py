from __future__ import annotations

from chat.models import Room, User
from tests.views.conftest import browser
from tests.views.markup import parse


def test_the_page_asks_what_and_leads_to_the_file(cellar: Room, ben: User) -> None:
    client = browser(ben)
    asked = client.get("/rooms/cellar/export")
    chosen = {"format": "html", "after": " 2026-11-01", "before": "", "reasoning": "on"}

    answer = client.get("/rooms/cellar/export", chosen)
    numbers = client.get("/rooms/cellar/export", {"format": "json", "after": "1", "before": "9"})
    day = client.get("/rooms/cellar/export", {"format": "json", "before": "2026-11-30"})

    assert len(parse(asked.content).find("input", type="radio")) == 3
    assert answer["Location"] == "/api/rooms/cellar/export?format=html&after=2026-11-01&reasoning=1"
    assert numbers["Location"] == "/api/rooms/cellar/export?format=json&after=0&before=10"
    assert day["Location"] == "/api/rooms/cellar/export?format=json&before=2026-12-01"


def test_what_makes_no_sense_is_said_beside_its_field(cellar: Room, ben: User) -> None:
    answer = browser(ben).get("/rooms/cellar/export", {"format": "html", "after": "yesterday"})

    assert answer.status_code == 422
    assert "A day like 2026-11-20, or the number of a message." in answer.content.decode()


def test_the_way_leads_over_the_rooms_settings(cellar: Room, ben: User) -> None:
    page = parse(browser(ben).get("/rooms/cellar/settings").content)

    assert page.find("a", href="/rooms/cellar/export") != []


def test_a_stranger_finds_nothing(cellar: Room, eve: User) -> None:
    assert browser(eve).get("/rooms/cellar/export").status_code == 404
