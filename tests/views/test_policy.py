"""No page needs more than the strict policy allows, and each is whole: every tag closed, every id there once."""

from __future__ import annotations

import pytest
from django.template.loader import render_to_string

from chat.models import Room, User
from tests.factories import PASSWORD, make_assistant, make_message, make_reply
from tests.pages import ACCOUNT
from tests.views.conftest import browser
from tests.views.markup import breaches, parse

ENTRANCES = [
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/password/reset/",
    "/accounts/password/reset/done/",
    "/accounts/password/reset/key/done/",
    "/accounts/password/reset/key/1-bad/",
    "/accounts/inactive/",
    "/accounts/confirm-email/",
    "/accounts/confirm-email/nonsense/",
]
OWN = [
    "/rooms/",
    "/rooms/garden/",
    "/rooms/garden/settings",
    "/rooms/garden/leave",
    "/rooms/garden/messages/?before=2",
    "/people/",
    "/people/ben/",
    "/people/helper/",
    *ACCOUNT,
    "/accounts/reauthenticate/",
]


@pytest.mark.parametrize("path", ENTRANCES)
@pytest.mark.django_db
def test_an_entrance_is_whole_and_within_the_policy(path: str) -> None:
    answer = browser().get(path, follow=True)

    page = parse(answer.content)
    assert answer.status_code == 200
    assert breaches(page) == []
    assert len(page.find("h1")) == 1
    assert page.find("main", class_="auth")[0].text.startswith("Chat")


@pytest.mark.parametrize("path", OWN)
def test_a_page_is_whole_and_within_the_policy(garden: Room, ana: User, ben: User, path: str) -> None:
    make_message(garden, ben, "## hello\n\n```python\nprint(1)\n```")
    make_reply(garden, ana, make_assistant("helper", garden))

    answer = browser(ana).get(path, follow=True)

    page = parse(answer.content)
    assert answer.status_code == 200
    assert breaches(page) == []
    assert len(page.find("h1")) == 1


@pytest.mark.parametrize("what", ["", "edit", "delete"])
def test_a_messages_own_pages_are_whole_and_within_the_policy(garden: Room, ana: User, what: str) -> None:
    message = make_message(garden, ana)

    assert breaches(parse(browser(ana).get(f"/messages/{message.pk}/{what}").content)) == []


def test_setting_up_a_second_factor_stays_within_the_policy(ana: User) -> None:
    client = browser()
    client.post("/accounts/login/", {"login": "ana", "password": PASSWORD})
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})

    page = parse(client.get("/accounts/2fa/totp/activate/").content)

    assert breaches(page) == []
    assert [image.attributes["src"].partition(",")[0] for image in page.find("img", class_="qr")] == [
        "data:image/svg+xml;base64"
    ]


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "429", "500"])
def test_an_error_page_needs_nothing_but_itself(name: str) -> None:
    page = parse(render_to_string(f"{name}.html"))

    assert breaches(page) == []
    assert len(page.find("h1")) == 1


def test_every_control_has_a_name_for_those_who_do_not_see_it(garden: Room, ana: User) -> None:
    make_message(garden, ana)
    page = parse(browser(ana).get("/rooms/garden/").content)

    nameless = [
        control.attributes
        for control in [*page.find("button"), *page.find("a")]
        if not (control.text or control.attributes.get("aria-label") or control.attributes.get("title"))
    ]
    assert nameless == []
