"""What is refused before a view says anything of its own, or instead of it."""

from __future__ import annotations

import pytest
from django.db import InternalError, OperationalError, connection
from django.test import Client
from pytest_django import Settings

from chat import limits
from chat.models import Room, User
from tests.views.conftest import browser


def test_over_the_write_limit_says_when_to_come_back(garden: Room, ana: User, settings: Settings) -> None:
    settings.RATE_LIMITS = True
    limits.forget()
    for _ in range(100):
        limits.spend_write(ana)

    answer = browser(ana, htmx=True).post("/rooms/garden/messages/", {"text": "hello"})

    limits.forget()
    assert (answer.status_code, answer["X-Error-Code"]) == (429, "rate_limited")
    assert 1 <= int(answer["Retry-After"]) <= 10
    assert garden.messages.count() == 0


@pytest.mark.parametrize("htmx", [True, False])
@pytest.mark.parametrize("failure", [OperationalError, InternalError])
def test_while_the_database_is_away_a_page_is_told_to_try_again(
    garden: Room, ana: User, failure: type[Exception], htmx: bool
) -> None:
    """A page gives up what broke the server three times: this is none of its doing."""
    page = browser(ana, htmx=htmx)
    page.raise_request_exception = False

    def away(*args: object) -> None:
        raise failure("no connection")

    with connection.execute_wrapper(away):
        answer = page.post("/rooms/garden/messages/", {"text": "hello"})

    assert (answer.status_code, answer["X-Error-Code"]) == (503, "unavailable")
    words = "The server cannot answer right now. Try again in a moment."
    assert answer.content.decode() == words if htmx else words in answer.content.decode()


def test_too_large_a_form_is_413(garden: Room, ana: User) -> None:
    answer = browser(ana).post("/rooms/garden/messages/", {"text": "x" * 3_000_000})

    assert (answer.status_code, answer["X-Error-Code"]) == (413, "too_large")


def test_too_many_fields_are_400(garden: Room, ana: User, settings: Settings) -> None:
    fields = {f"field-{number}": "x" for number in range(settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1)}

    answer = browser(ana).post("/rooms/garden/messages/", fields)

    assert (answer.status_code, answer["X-Error-Code"]) == (400, "bad_request")


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({"text": "x" * 3_000_000}, 413, "That is more than one request may carry."),
        ({f"field-{number}": "x" for number in range(2_000)}, 400, "The request was not complete."),
    ],
)
def test_a_fragment_is_told_in_a_sentence_what_could_not_be_read(
    garden: Room, ana: User, fields: dict[str, str], status: int, words: str
) -> None:
    answer = browser(ana, htmx=True).post("/rooms/garden/messages/", fields)

    assert (answer.status_code, answer.content.decode()) == (status, words)
    assert answer["Content-Type"].startswith("text/plain")


def test_a_form_without_its_token_is_refused_in_our_own_words(garden: Room, ana: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(ana)

    answer = client.post("/rooms/garden/messages/", {"text": "hello"})

    assert (answer.status_code, answer["X-Error-Code"]) == (403, "csrf")
    assert "This form is too old" in answer.content.decode()
    assert "the page was open for too long" in answer.content.decode()
    assert garden.messages.count() == 0


@pytest.mark.parametrize(
    ("sent", "origin", "is_told_to_load_anew"),
    [
        ("0" * 64, "http://testserver", True),  # of before they signed in again
        (None, "http://testserver", True),
        ("right", "https://elsewhere.example", False),  # the next page would hear the same
    ],
)
def test_a_page_whose_token_is_too_old_is_told_to_load_itself_anew(
    garden: Room, ana: User, sent: str | None, origin: str, is_told_to_load_anew: bool
) -> None:
    client = Client(enforce_csrf_checks=True, headers={"HX-Request": "true", "Origin": origin})
    client.force_login(ana)
    client.get("/rooms/garden/")
    token = client.cookies["csrftoken"].value if sent == "right" else sent

    answer = client.post("/rooms/garden/messages/", {"text": "hello"}, headers={"X-CSRFToken": token} if token else {})

    assert (answer.status_code, answer["X-Error-Code"]) == (403, "csrf")
    assert answer.content.decode().startswith("It was not sent from a page of this site")
    assert ("HX-Refresh" in answer) is is_told_to_load_anew
    assert garden.messages.count() == 0


def test_a_method_that_a_page_does_not_know_is_refused_in_words(garden: Room, ana: User) -> None:
    page, fragment = browser(ana).get("/rooms/garden/join"), browser(ana, htmx=True).delete("/rooms/garden/")

    assert (page.status_code, page["X-Error-Code"], page["Allow"]) == (405, "method_not_allowed", "POST")
    assert "This address does not know this method." in page.content.decode()
    assert (fragment.status_code, fragment["Allow"]) == (405, "GET, HEAD")
    assert fragment["X-Error-Code"] == "method_not_allowed"
    assert fragment.content.decode() == "This address does not know this method."
