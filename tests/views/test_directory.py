"""The list of rooms: what one finds there, makes, joins and leaves."""

from __future__ import annotations

from chat.models import Membership, Room, User
from tests.factories import membership
from tests.views.conftest import browser
from tests.views.markup import parse


def test_archived_rooms_stand_last_in_the_directory(garden: Room, ana: User) -> None:
    Room.objects.filter(slug="garden").update(archived_at=garden.created_at)

    page = parse(browser(ana).get("/rooms/").content)

    assert [link.find("bdi")[0].text for link in page.find("a", class_="directory__name")] == ["General", "Garden"]


def test_the_directory_shows_what_one_may_see(garden: Room, cellar: Room, ben: User, eve: User) -> None:
    def listed(user: User) -> list[str]:
        page = parse(browser(user).get("/rooms/").content)
        return [link.find("bdi")[0].text for link in page.find("a", class_="directory__name")]

    assert listed(ben) == ["Cellar", "Garden", "General"]
    assert listed(eve) == ["Garden", "General"]


def test_the_directory_finds_by_name_and_topic(garden: Room, ana: User) -> None:
    Room.objects.filter(pk=garden.pk).update(topic="beans and peas")

    page = parse(browser(ana).get("/rooms/?q=PEAS").content)

    assert [link.find("bdi")[0].text for link in page.find("a", class_="directory__name")] == ["Garden"]


def test_making_a_room_leads_into_it_and_owns_it(ana: User) -> None:
    answer = browser(ana).post("/rooms/", {"name": "Attic", "topic": "old things", "kind": "private"})

    room = Room.objects.get(slug="attic")
    assert answer["Location"] == "/rooms/attic/"
    assert (room.name, room.topic, room.kind) == ("Attic", "old things", "private")
    assert membership(room, ana).role == Membership.Role.OWNER


def test_a_room_without_a_name_is_not_made_and_the_form_says_why(ana: User) -> None:
    answer = browser(ana).post("/rooms/", {"name": " ", "kind": "public"})

    page = parse(answer.content)
    assert answer.status_code == 422
    assert [error.text for error in page.find("span", id="id_name_error")] == ["This field is required."]
    assert "open" in page.find("details")[0].attributes


def test_joining_and_leaving_a_public_room(garden: Room, eve: User) -> None:
    client = browser(eve)

    assert client.post("/rooms/garden/join")["Location"] == "/rooms/garden/"
    assert garden.memberships.filter(user=eve).count() == 1
    assert client.get("/rooms/garden/leave").status_code == 200
    assert garden.memberships.filter(user=eve).count() == 1
    assert client.post("/rooms/garden/leave")["Location"] == "/rooms/"
    assert garden.memberships.filter(user=eve).count() == 0


def test_a_stranger_cannot_join_a_private_room(cellar: Room, eve: User) -> None:
    assert browser(eve).post("/rooms/cellar/join").status_code == 404
    assert cellar.memberships.filter(user=eve).count() == 0


def test_who_was_led_out_of_a_room_that_is_theirs_again_is_led_back(cellar: Room, ben: User, eve: User) -> None:
    """As with an account that was closed and is open again: its page had to go, and signing in leads where that led."""
    before = browser(ben).get("/rooms/?gone=cellar")
    Membership.objects.filter(room=cellar, user=ben).delete()
    after = browser(ben).get("/rooms/?gone=cellar")

    assert (before.status_code, before["Location"]) == (302, "/rooms/cellar/")
    assert "no longer yours to read" in after.content.decode()
    assert "no longer yours to read" in browser(eve).get("/rooms/?gone=nowhere").content.decode()
