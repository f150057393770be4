"""Whatever is wrong: a status that says what, and a body with code and detail."""

from __future__ import annotations

import json

import pytest
from django.db import InterfaceError, InternalError, OperationalError, connection
from django.test import Client

from chat.limits import WRITES, spend_write
from chat.models import Room, User
from tests.api.asking import Program, told

JSON = "application/json"
UNREADABLE_FORMS = [
    "application/x-www-form-urlencoded; charset=utf-16",
    "multipart/form-data",
    "multipart/form-data; boundary=\xff",
]


def refusal(answer: tuple[int, dict[str, str]]) -> tuple[int, str]:
    status, body = answer
    assert set(body) == {"code", "detail"}
    assert body["detail"]
    return status, body["code"]


@pytest.mark.parametrize("path", ["/nothing", "/rooms/UPPER.case", "/messages/x", "/messages/-1", "/rooms/a/b/c"])
def test_an_address_that_is_none(ana: User, path: str):
    assert refusal(Program(ana).get(path)) == (404, "not_found")


def test_posting_to_an_address_that_is_none(db: None):
    assert refusal(told(Client(enforce_csrf_checks=True).post("/api/nothing"))) == (404, "not_found")


def test_the_root_is_no_address_either(db: None):
    assert refusal(told(Client().get("/api/"))) == (404, "not_found")


def test_a_number_that_no_database_holds(ana: User):
    assert refusal(Program(ana).get(f"/messages/{10**30}")) == (404, "not_found")


def test_a_method_that_is_none(ana: User):
    response = Program(ana).client.put("/api/rooms", "{}", content_type=JSON)

    assert refusal(told(response)) == (405, "method_not_allowed")
    assert sorted(response["Allow"].split(", ")) == ["GET", "HEAD", "POST"]
    described = Client(enforce_csrf_checks=True).put("/api/openapi.json")
    assert (refusal(told(described)), described["Allow"]) == ((405, "method_not_allowed"), "GET, HEAD")


@pytest.mark.parametrize("failure", [OperationalError, InterfaceError, InternalError])
def test_a_database_that_is_away_is_no_mistake_of_ours(ana: User, square: Room, failure: type[Exception]):
    program = Program(ana)

    def away(*_: object) -> None:
        raise failure("the server closed the connection unexpectedly")

    with connection.execute_wrapper(away):
        assert refusal(program.get("/rooms/square/messages")) == (503, "unavailable")
        assert refusal(program.post("/rooms/square/messages", {"text": "hi"})) == (503, "unavailable")


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        '"text"',
        "\udcff".encode("utf-8", "surrogateescape"),
        "[" * 100_000,
        '{"text": ' + "9" * 5_000 + "}",
    ],
)
def test_a_body_that_is_no_object(ana: User, square: Room, body: str | bytes):
    for path in ("/api/rooms/square/messages", "/api/rooms"):
        response = Program(ana).client.generic("POST", path, body, JSON, CONTENT_TYPE=JSON)

        assert refusal(told(response)) == (400, "bad_request")


def test_a_body_of_another_kind(ana: User, square: Room):
    response = Program(ana).client.post("/api/rooms/square/messages", '{"text": "hi"}', content_type="text/plain")

    assert refusal(told(response)) == (415, "unexpected_content")


def test_a_form_from_a_page(ana: User, square: Room):
    client = Client(enforce_csrf_checks=True)
    client.force_login(ana)
    token = client.get("/accounts/password/change/").cookies["csrftoken"].value

    response = client.post("/api/rooms", {"name": "Shed", "csrfmiddlewaretoken": token})

    assert refusal(told(response)) == (415, "unexpected_content")


@pytest.mark.parametrize("kind", UNREADABLE_FORMS)
def test_a_form_that_nobody_can_read(ana: User, square: Room, kind: str):
    client = Client(enforce_csrf_checks=True)
    client.force_login(ana)
    token = client.get("/accounts/password/change/").cookies["csrftoken"].value

    response = client.generic("POST", "/api/rooms", "name=Shed", kind, headers={"X-CSRFToken": token})

    assert refusal(told(response)) == (415, "unexpected_content")


def test_a_body_that_is_too_large(ana: User, square: Room):
    response = Program(ana).client.post(
        "/api/rooms/square/messages", json.dumps({"text": "x" * 3_000_000}), content_type=JSON
    )

    assert refusal(told(response)) == (413, "too_large")


def test_a_field_that_is_missing_or_wrong_is_named(ana: User, square: Room):
    status, body = Program(ana).post("/rooms/square/messages", {"client_id": "no uuid", "reply_to": True})

    assert (status, body["code"]) == (422, "invalid")
    assert "text: Field required." in body["detail"]
    assert "client_id: " in body["detail"]
    assert "reply_to: " in body["detail"]


@pytest.mark.parametrize(("escape", "kept"), [("\\ud800", "\ufffd"), ("\\u0000", "")])
def test_what_no_database_takes_is_taken_out(ana: User, square: Room, escape: str, kept: str):
    response = Program(ana).client.post("/api/rooms/square/messages", f'{{"text": "a{escape}b"}}', content_type=JSON)

    assert (response.status_code, response.json()["text"]) == (201, f"a{kept}b")


def test_over_the_write_limit(ana: User, square: Room):
    program = Program(ana)
    for _ in range(WRITES.amount):
        spend_write(ana)

    response = program.client.post("/api/rooms/square/messages", '{"text": "hi"}', content_type=JSON)

    assert refusal(told(response)) == (429, "rate_limited")
    assert 1 <= int(response["Retry-After"]) <= 10


def test_a_fault_of_ours_is_logged_and_told_without_its_inside(ana: User, caplog: pytest.LogCaptureFixture):
    program = Program(ana)

    with connection.execute_wrapper(_broken):
        answer = told(Client(headers={"authorization": f"Bearer {program.token}"}).get("/api/rooms"))

    assert answer == (500, {"code": "server_error", "detail": "Something went wrong here. It has been logged."})
    assert "the disk is full" in caplog.text


def _broken(*args: object) -> None:
    raise OSError("the disk is full")


@pytest.mark.parametrize("failure", [OperationalError, InterfaceError, InternalError])
def test_a_database_that_is_away_is_no_fault_of_ours(ana: User, failure: type[Exception]):
    def away(*args: object) -> None:
        raise failure("no connection")

    programs = [Program(ana).client, Client(raise_request_exception=False)]
    programs[1].force_login(ana)
    with connection.execute_wrapper(away):
        answers = [refusal(told(program.get("/api/rooms"))) for program in programs]

    assert answers == [(503, "unavailable")] * 2
