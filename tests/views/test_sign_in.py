"""The way in: who guesses is stopped by the account, and an account that was closed stays so."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.test import Client
from pytest_django import Settings

from chat.models import User
from chat.services.people import deactivate
from tests.factories import PASSWORD
from tests.views.conftest import browser
from tests.views.markup import parse

pytestmark = pytest.mark.django_db

WRONG = "This name and this password do not belong together."
TOO_MANY = "Too many attempts. Try again in some minutes."
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

    told = [guess("ana", host=host, by=f"192.0.2.{number}") for number, host in enumerate(hosts)]

    assert told == [*[WRONG] * 5, TOO_MANY]


def test_an_account_that_is_closed_while_its_password_is_changed_stays_closed(ana: User, meanwhile: Happening) -> None:
    client = browser(ana)
    meanwhile(lambda: deactivate(person=User.objects.get(pk=ana.pk), by=None))

    client.post(
        "/accounts/password/change/", {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    )

    ana.refresh_from_db()
    assert (ana.is_active, ana.check_password(NEW_PASSWORD)) == (False, True)
