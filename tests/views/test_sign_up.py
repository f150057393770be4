from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from pytest_django import Settings

from chat.models import Room, User
from tests.factories import PASSWORD, make_assistant, make_person
from tests.views.conftest import browser
from tests.views.markup import parse

pytestmark = pytest.mark.django_db


def form(**given: Any) -> dict[str, Any]:
    return {"username": "ana", "password1": PASSWORD, "password2": PASSWORD, **given}


def errors(html: bytes) -> list[str]:
    return [error.text for error in parse(html).find("span", class_="field__error")]


def test_whoever_signs_up_is_in_general_and_has_the_assistant() -> None:
    make_assistant("demo")
    client = browser()

    answer = client.post("/accounts/signup/", form())
    page = client.get("/", follow=True)

    ana = User.objects.get(username="ana")
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert sorted(Room.objects.joined_by(ana).values_list("kind", flat=True)) == ["direct", "public"]
    names = [link.text for link in parse(page.content).find("span", class_="room-link__name")]
    assert names == ["New chat", "General", "demo"]


def test_a_name_is_made_small() -> None:
    browser().post("/accounts/signup/", form(username="Ana"))

    assert list(User.objects.values_list("username", flat=True)) == ["ana"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("helper", "This name is already in use."),
        ("HELPER", "This name is already in use."),
        ("everyone", "This name is reserved."),
        ("staff", "This name is kept for those who run the site."),
        ("he1per", "This is, or looks like, the name of somebody else."),
        ("sir_helper", "This is, or looks like, the name of somebody else."),
        ("ana ruiz", "A name has small letters, digits, dots, dashes and underscores"),
        ("-ana", "A name has small letters, digits, dots, dashes and underscores"),
    ],
)
def test_a_name_that_will_not_do_says_why(name: str, words: str) -> None:
    User.objects.filter(pk=make_assistant("helper").user_id).update(display_name="Sir Helper")

    answer = browser().post("/accounts/signup/", form(username=name))

    (error,) = errors(answer.content)
    assert error.startswith(words)
    assert User.objects.filter(kind="person").count() == 0


def test_an_address_in_use_is_refused_in_plain_words() -> None:
    make_person("ben", email="ben@example.org")

    answer = browser().post("/accounts/signup/", form(email="BEN@example.org"))

    assert errors(answer.content) == [
        "This e-mail address belongs to an account already. Sign in with it, or leave it out."
    ]


def test_an_address_of_another_account_is_not_added_to_ones_own() -> None:
    make_person("ben", email="ben@example.org")
    client = browser(make_person("ana"))

    refused = client.post("/accounts/email/", {"email": "Ben@example.org", "action_add": ""})
    chosen = client.post("/accounts/email/", {"email": "ben@example.org", "action_primary": ""})

    assert errors(refused.content) == [
        "This e-mail address belongs to an account already. Sign in with it, or leave it out."
    ]
    assert (chosen.status_code, User.objects.get(username="ana").email) == (302, "")


class Quicker:
    """Somebody, or another press of the same button, while it is asked of a password whether it will do."""

    def __init__(self, name: str) -> None:
        self._name = name

    def validate(self, password: str, user: User | None = None) -> None:
        if not User.objects.exists():
            make_person(self._name, email="ana@example.org", password=None)

    def get_help_text(self) -> str:
        return ""


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("ana", "This name is already in use."),
        ("annie", "This e-mail address belongs to an account already. Sign in with it, or leave it out."),
    ],
)
def test_what_somebody_else_has_taken_meanwhile_is_said_beside_its_field(
    settings: Settings, name: str, words: str
) -> None:
    settings.AUTH_PASSWORD_VALIDATORS = [{"NAME": f"{__name__}.Quicker", "OPTIONS": {"name": name}}]

    answer = browser().post("/accounts/signup/", form(email="ana@example.org"))

    assert (answer.status_code, words in errors(answer.content)) == (200, True)
    assert list(User.objects.values_list("username", flat=True)) == [name]


def test_signing_up_can_be_closed(settings: Settings) -> None:
    settings.SIGNUP_OPEN = False

    page = browser().get("/accounts/signup/")
    browser().post("/accounts/signup/", form())

    assert [title.text for title in parse(page.content).find("h1")] == ["Sign-up is closed"]
    assert "Sign up" not in parse(browser().get("/accounts/login/").content).text
    assert User.objects.count() == 0


@pytest.mark.parametrize("login", ["ana", "ANA", "ana@example.org"])
def test_signing_in_by_name_or_address(login: str) -> None:
    make_person("ana", email="ana@example.org")

    answer = browser().post("/accounts/login/", {"login": login, "password": PASSWORD})

    assert (answer.status_code, answer["Location"]) == (302, "/")


def test_a_wrong_password_and_an_unknown_name_look_the_same() -> None:
    make_person("ana")
    wrong = browser().post("/accounts/login/", {"login": "ana", "password": "no"})
    unknown = browser().post("/accounts/login/", {"login": "nobody", "password": "no"})

    alerts = [[p.text for p in parse(answer.content).find("p", role="alert")] for answer in (wrong, unknown)]
    assert alerts[0] == alerts[1] == ["This name and this password do not belong together."]


def test_an_address_is_confirmed_by_mail_in_the_words_of_the_other_pages() -> None:
    client = browser()
    client.post(
        "/accounts/signup/",
        {"username": "ana", "email": "ana@example.org", "password1": PASSWORD, "password2": PASSWORD},
    )
    (letter,) = mail.outbox
    link = next(word for word in str(letter.body).split() if "/confirm-email/" in word)

    asked = parse(client.get(link).content)
    done = client.post(link, follow=True)
    again = parse(client.get(link).content)
    pressed_again = client.post(link)

    assert "Does ana@example.org belong to @ana" in asked.text
    assert "ana@example.org is confirmed." in parse(done.content).text
    assert again.find("button") == []
    assert again.find("a", href="/accounts/email/") != []
    assert (pressed_again.status_code, parse(pressed_again.content).text) == (200, again.text)


def test_an_assistant_cannot_sign_in() -> None:
    assistant = make_assistant("helper")
    User.objects.filter(pk=assistant.user_id).update(password=make_person("ana").password)

    client = browser()

    answer = client.post("/accounts/login/", {"login": "helper", "password": PASSWORD})

    assert answer["Location"] == "/accounts/inactive/"
    assert client.get("/rooms/general/").status_code == 302


def test_a_closed_account_is_told_so() -> None:
    make_person("ana")
    User.objects.update(is_active=False)

    answer = browser().post("/accounts/login/", {"login": "ana", "password": PASSWORD}, follow=True)

    assert "ana" not in answer.wsgi_request.user.username
    assert parse(answer.content).find("form", action="/rooms/general/messages/") == []


def test_a_forgotten_password_is_changed_by_mail(settings: Settings) -> None:
    make_person("ana", email="ana@example.org")
    client = browser()

    client.post("/accounts/password/reset/", {"email": "ana@example.org"}, headers={"Host": "localhost:9999"})
    (letter,) = mail.outbox
    link = next(word for word in str(letter.body).split() if "/password/reset/key/" in word)
    assert link.startswith(f"{settings.SITE_URL}/accounts/")  # nobody chooses who is handed the key
    assert "localhost" not in str(letter.body)
    page = client.get(link, follow=True)
    new = {"password1": "another-horse-2", "password2": "another-horse-2"}
    done = parse(client.post(page.request["PATH_INFO"], new, follow=True).content)

    assert [title.text for title in done.find("h1")] == ["Your password is changed"]
    assert done.find("p", role="status") == []  # said once
    assert User.objects.get(username="ana").check_password("another-horse-2") is True


def test_signing_out_asks_and_then_ends_the_session() -> None:
    client = browser(make_person("ana"))

    assert client.get("/accounts/logout/").status_code == 200
    assert client.get("/rooms/general/").status_code == 200
    client.post("/accounts/logout/")
    assert client.get("/rooms/general/").status_code == 302


@pytest.mark.parametrize("page", ["login", "signup", "logout"])
def test_a_way_on_that_is_no_address_leads_nowhere(page: str) -> None:
    answer = browser().get(f"/accounts/{page}/?next=http://[")

    assert answer.status_code in (200, 302)
    assert "http://[" not in answer.headers.get("Location", "")
