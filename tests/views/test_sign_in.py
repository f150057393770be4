"""The way in: who guesses is stopped by the account, and what began before an account was closed does not open it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connection
from django.test import Client
from pytest_django import Settings

from chat.models import User
from chat.services.people import deactivate
from chatsite import backends
from chatsite.cache import forget_servers
from tests.factories import PASSWORD
from tests.servers.processes import free_port
from tests.views.conftest import browser
from tests.views.markup import parse

pytestmark = pytest.mark.django_db

WRONG = "This name and this password do not belong together."
TOO_MANY = "Too many attempts. Try again in some minutes."
RIGHT = {"login": "ana", "password": PASSWORD}
NEW_PASSWORD = "another-horse-2"

Happening = Callable[[Callable[[], None]], None]


class Meanwhile(MD5PasswordHasher):
    """It takes a third of a second of a site: time enough for something else."""

    happens: Callable[[], None]

    def encode(self, password: str, salt: str) -> str:
        type(self).happens()
        encoded: str = super().encode(password, salt)
        return encoded


@pytest.fixture
def meanwhile(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Happening:
    """Have this happen while a password is hashed."""

    def happens(act: Callable[[], None]) -> None:
        monkeypatch.setattr(Meanwhile, "happens", staticmethod(act), raising=False)
        settings.PASSWORD_HASHERS = [f"{__name__}.Meanwhile"]

    return happens


def guess(login: str, *, host: str = "localhost", by: str = "192.0.2.1") -> str:
    wrong = {"login": login, "password": "no-horse-1"}
    answer = Client().post("/accounts/login/", wrong, REMOTE_ADDR=by, headers={"host": host})
    (error,) = parse(answer.content).find("p", class_="field__error")
    return error.text.strip()


def test_who_guesses_a_password_is_stopped_by_whatever_host_and_port_the_site_is_called(ana: User) -> None:
    hosts = ["localhost", "127.0.0.1", *(f"localhost:{port}" for port in range(8000, 8004))]

    told = [guess("ana", host=host) for host in hosts]

    assert told == [*[WRONG] * 5, TOO_MANY]


def test_one_who_guesses_keeps_nobody_out_and_many_are_stopped(ana: User) -> None:
    for _ in range(10):
        guess("Ana")

    assert browser().post("/accounts/login/", RIGHT, REMOTE_ADDR="192.0.2.2").status_code == 302

    told = [guess("ana", by=f"192.0.2.{number}") for number in range(10, 40)]

    assert told == [*[WRONG] * 19, *[TOO_MANY] * 11]  # five and one were let through before


def test_who_guesses_a_password_is_stopped_while_redis_is_away(ana: User, settings: Settings) -> None:
    settings.CACHES = {"default": backends.redis_cache(f"redis://127.0.0.1:{free_port()}/0")}

    told = [guess("ana") for number in range(6)]

    assert told == [*[WRONG] * 5, TOO_MANY]
    forget_servers()


@pytest.mark.parametrize(
    ("way_back", "leads_to"),
    [
        ("/people/", "/people/"),
        ("http://chat.example.org/people/", "http://chat.example.org/people/"),
        ("http://pages.example.org/", "/"),  # of the same domain, but of somebody else
        ("http://localhost/", "/"),
    ],
)
def test_nobody_is_led_from_the_way_in_or_out_to_another_host(
    ana: User, settings: Settings, way_back: str, leads_to: str
) -> None:
    settings.ALLOWED_HOSTS = [".example.org", "localhost"]
    settings.SITE_URL, settings.CSRF_TRUSTED_ORIGINS = "https://chat.example.org", ["https://chat.example.org"]
    client = Client(headers={"host": "chat.example.org"})

    came = client.post("/accounts/login/", {**RIGHT, "next": way_back})
    went = client.post("/accounts/logout/", {"next": way_back})

    assert (came["Location"], went["Location"]) == (leads_to, leads_to)


def test_whose_account_was_closed_before_the_code_is_told_so(ana: User) -> None:
    Authenticator.objects.create(user=ana, type="recovery_codes", data={"migrated_codes": ["12345678"]})
    Authenticator.objects.create(user=ana, type="totp", data={"secret": "JBSWY3DPEHPK3PXP"})
    client = browser()
    client.post("/accounts/login/", RIGHT)
    deactivate(person=ana, by=None)

    answer = client.post("/accounts/2fa/authenticate/", {"code": "12345678"})

    assert (answer.status_code, answer["Location"]) == (302, "/accounts/inactive/")
    assert UserSession.objects.count() == 0


def test_whose_account_is_closed_while_the_password_is_looked_at_is_told_so(ana: User, meanwhile: Happening) -> None:
    meanwhile(lambda: deactivate(person=ana, by=None))

    answer = browser().post("/accounts/login/", RIGHT)

    assert (answer.status_code, answer["Location"]) == (302, "/accounts/inactive/")
    assert UserSession.objects.count() == 0


def test_the_database_is_held_by_nobody_whose_new_password_is_hashed(db: None, meanwhile: Happening) -> None:
    held = []
    before = len(connection.savepoint_ids)
    meanwhile(lambda: held.append(len(connection.savepoint_ids) > before))

    browser().post("/accounts/signup/", {"username": "ana", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD})

    assert (held, User.objects.get().username) == ([False], "ana")


@pytest.mark.parametrize("page", ["password/change/", "reauthenticate/", "password/reset/key/{key}/"])
def test_a_keeper_of_passwords_is_told_whose_it_is(ana: User, page: str) -> None:
    """Else it keeps a new one under no name, or under another account's."""
    key = f"{user_pk_to_url_str(ana)}-{default_token_generator.make_token(ana)}"
    client = browser() if "key" in page else browser(ana)

    shown = parse(client.get(f"/accounts/{page.format(key=key)}", follow=True).content)

    (name,) = shown.find("input", autocomplete="username")
    assert (name.attributes["value"], "hidden" in name.attributes, "name" in name.attributes) == ("ana", True, False)


def test_an_account_that_is_closed_while_its_password_is_changed_stays_closed(ana: User, meanwhile: Happening) -> None:
    client = browser(ana)
    meanwhile(lambda: deactivate(person=User.objects.get(pk=ana.pk), by=None))

    client.post(
        "/accounts/password/change/", {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    )

    ana.refresh_from_db()
    assert (ana.is_active, ana.check_password(NEW_PASSWORD)) == (False, True)
