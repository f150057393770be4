"""A mail server that is away, or takes nothing: what was to be done is done, and who waits for a mail is told."""

from __future__ import annotations

import socket

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from pytest_django import Settings

from chat.models import User
from tests.factories import PASSWORD
from tests.views.conftest import browser
from tests.views.markup import parse

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nobody_takes_mail(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.getsockname()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"


@pytest.fixture
def unconfirmed(ana: User) -> EmailAddress:
    """Of Ana."""
    address: EmailAddress = EmailAddress.objects.create(user=ana, email="ana@example.org", primary=True)
    return address


def test_whoever_signs_up_with_an_address_is_let_in() -> None:
    client = browser()

    answer = client.post(
        "/accounts/signup/",
        {"username": "ana", "email": "ana@example.org", "password1": PASSWORD, "password2": PASSWORD},
    )

    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert client.get("/account/", follow=True).context["user"].username == "ana"


def test_whoever_changes_their_password_is_told_that_it_is_changed(ana: User, unconfirmed: EmailAddress) -> None:
    client = browser(ana)
    new = {"oldpassword": PASSWORD, "password1": "another-horse-2", "password2": "another-horse-2"}

    page = client.post("/accounts/password/change/", new, follow=True)

    assert "Your password is changed." in [
        notice.text.strip() for notice in parse(page.content).find("p", role="status")
    ]


def test_whoever_waits_for_a_link_to_a_new_password_is_told_that_none_comes(unconfirmed: EmailAddress) -> None:
    is_told(browser(), "/accounts/password/reset/", {"email": "ana@example.org"})


def test_whoever_waits_for_a_link_that_confirms_is_told_that_none_comes(ana: User, unconfirmed: EmailAddress) -> None:
    is_told(browser(ana), "/accounts/email/", {"action_send": "", "email": "ana@example.org"})


def is_told(client: Client, path: str, given: dict[str, str]) -> None:
    client.raise_request_exception = False

    answer = client.post(path, given)

    assert (answer.status_code, answer["X-Error-Code"]) == (503, "unavailable")
    assert "Mail cannot be sent right now. Try again later." in answer.content.decode()
