"""Reacting by pages and forms, and how reactions are shown."""

from __future__ import annotations

import pytest

from chat.models import Message, Room, User
from chat.services.reactions import toggle_reaction
from tests.factories import make_message, make_room
from tests.views.conftest import browser
from tests.views.markup import Element, parse


@pytest.fixture
def message(garden: Room, ana: User) -> Message:
    return make_message(garden, ana)


def chips(reader: User, message: Message) -> list[Element]:
    shown = browser(reader, htmx=True).get(f"/messages/{message.pk}/")
    return parse(shown.content).find("button", class_="reaction")


@pytest.mark.parametrize("htmx", [False, True])
def test_emoji_are_offered_each_by_a_name(message: Message, ben: User, htmx: bool) -> None:
    page = parse(browser(ben, htmx=htmx).get(f"/messages/{message.pk}/react/").content)

    (form,) = page.find("form", class_="sheet__emoji")
    offered = form.find("button")
    assert len(offered) >= 12
    assert len({button.attributes["value"] for button in offered}) == len(offered)
    assert offered[0].attributes["aria-label"] == "thumbs up"
    assert len(page.find("dialog")) == htmx


def test_a_plain_form_says_it_and_takes_it_back(message: Message, ben: User) -> None:
    for count in (1, 0):
        response = browser(ben).post(f"/messages/{message.pk}/react/", {"emoji": " 👍 "})

        assert response.status_code == 302
        assert response["Location"].endswith(f"#message-{message.pk}")
        assert len(chips(ben, message)) == count


def test_the_fragment_is_the_same_for_every_reader(message: Message, ana: User, ben: User) -> None:
    toggle_reaction(message=message, by=ben, emoji="👍")
    toggle_reaction(message=message, by=ana, emoji="👍")

    (chip,) = chips(ana, message)
    assert chip.attributes == chips(ben, message)[0].attributes
    assert chip.attributes["data-by"] == f"{ben.pk} {ana.pk}"
    assert chip.attributes["title"] == "ben, ana"
    assert chip.attributes["formaction"] == f"/messages/{message.pk}/react/"
    assert chip.text.split()[:2] == ["👍", "2"]


def test_names_are_text(message: Message, ben: User) -> None:
    User.objects.filter(pk=ben.pk).update(display_name='"><script>')
    toggle_reaction(message=message, by=ben, emoji="👍")

    (chip,) = chips(ben, message)
    assert chip.attributes["title"] == '"><script>'


def test_a_message_by_itself_says_who(message: Message, ben: User) -> None:
    toggle_reaction(message=message, by=ben, emoji="👍")

    page = parse(browser(ben).get(f"/messages/{message.pk}/").content)

    assert [line.text.split() for line in page.find("p", class_="letter__text")] == [["👍", "ben"]]
    assert f"/messages/{message.pk}/react/" in [link.attributes["href"] for link in page.find("a", class_="button")]


def test_refusals_are_said(ana: User, ben: User, eve: User) -> None:
    message = make_message(make_room("cellar", ben, owner=ana, kind=Room.Kind.PRIVATE), ana)
    place = f"/messages/{message.pk}/react/"

    refused = browser(ben, htmx=True).post(place, {"emoji": "no"})
    assert (refused.status_code, refused["X-Error-Code"], refused.content) == (
        422,
        "invalid",
        b"A reaction is one emoji.",
    )
    assert browser(ben).post(place, {"emoji": ""}).status_code == 422
    assert browser(eve).post(place, {"emoji": "👍"}).status_code == 404
    assert browser(eve).get(place).status_code == 404
    assert chips(ben, message) == []


def test_they_are_on_the_room_page_and_in_its_history(message: Message, garden: Room, ben: User) -> None:
    toggle_reaction(message=message, by=ben, emoji="👍")
    place = f"/messages/{message.pk}/react/"

    for page in ("/rooms/garden/", "/rooms/garden/messages/"):
        shown = parse(browser(ben).get(page).content)
        assert [chip.attributes["formaction"] for chip in shown.find("button", class_="reaction")] == [place]
