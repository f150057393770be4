"""The way in: who guesses is stopped by the account, whatever else they change."""

from __future__ import annotations

import pytest
from django.test import Client

from chat.models import User
from tests.views.markup import parse

pytestmark = pytest.mark.django_db

WRONG = "This name and this password do not belong together."
TOO_MANY = "Too many attempts. Try again in some minutes."


def guess(login: str, *, host: str = "localhost", by: str = "192.0.2.1") -> str:
    wrong = {"login": login, "password": "no-horse-1"}
    answer = Client().post("/accounts/login/", wrong, REMOTE_ADDR=by, headers={"host": host})
    (error,) = parse(answer.content).find("p", class_="field__error")
    return error.text.strip()


def test_who_guesses_a_password_is_stopped_by_whatever_host_and_port_the_site_is_called(ana: User) -> None:
    hosts = ["localhost", "127.0.0.1", *(f"localhost:{port}" for port in range(8000, 8004))]

    told = [guess("ana", host=host, by=f"192.0.2.{number}") for number, host in enumerate(hosts)]

    assert told == [*[WRONG] * 5, TOO_MANY]
