"""How much somebody without an account may ask of us."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import Settings

from chat.limits import ANONYMOUS
from chat.models import User
from tests.factories import make_token
from tests.people import _unspent_limits, ana

__all__ = ["_unspent_limits", "ana"]


def ask_too_much(client: Client) -> None:
    for _ in range(ANONYMOUS.amount):
        client.get("/api/nothing")


def test_an_address_that_asks_too_much_gets_a_page_that_says_so(db: None):
    client = Client()
    ask_too_much(client)

    response = client.get("/accounts/login/")

    assert (response.status_code, response["X-Error-Code"]) == (429, "rate_limited")
    assert 1 <= int(response["Retry-After"]) <= 60
    assert "Too many requests" in response.content.decode()


def test_a_program_gets_it_as_json(db: None):
    client = Client()
    ask_too_much(client)

    response = client.get("/api/rooms")

    assert (response.status_code, response.json()["code"]) == (429, "rate_limited")
    assert response.json()["detail"].startswith("Too much at once. Try again in ")  # nobody has sent a message
    assert 1 <= int(response["Retry-After"]) <= 60


def test_other_addresses_are_not_concerned(db: None):
    ask_too_much(Client())

    assert Client(REMOTE_ADDR="192.0.2.7").get("/accounts/login/").status_code == 200


def test_who_is_signed_in_is_not_counted(ana: User):
    ask_too_much(Client())
    client = Client()
    client.force_login(ana)

    assert client.get("/account/").status_code == 200


def test_whoever_watches_the_process_is_not_counted(db: None):
    ask_too_much(Client())

    assert Client().get("/healthz").status_code == 200


def test_a_token_that_is_none_opens_no_way_around_for_pages(db: None):
    client = Client(headers={"authorization": "Bearer chat_nonsense"})
    ask_too_much(Client())

    assert client.get("/accounts/login/").status_code == 429


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("GET", "/api/openapi.json"),
        ("GET", "/api/docs"),
        ("GET", "/api/"),
        ("GET", "/api/nothing"),
        ("GET", "/api/rooms"),
        ("DELETE", "/api/rooms"),
        ("POST", "/api/openapi.json"),
    ],
)
def test_nor_for_any_address_of_the_api(db: None, method: str, address: str):
    """Each is counted, and once."""
    client = Client(headers={"authorization": "Bearer x"})
    for _ in range(ANONYMOUS.amount - 1):
        Client().get("/api/nothing")

    assert client.generic(method, address).status_code != 429
    answer = client.generic(method, address)

    assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
    assert 1 <= int(answer["Retry-After"]) <= 60


def test_whose_token_is_known_is_counted_nowhere(ana: User):
    ask_too_much(Client())
    client = Client(headers={"authorization": f"Bearer {make_token(ana)[1]}"})

    assert [client.get(f"/api/{path}").status_code for path in ("openapi.json", "rooms", "nothing")] == [200, 200, 404]


@pytest.mark.parametrize("address", ["/rooms/?q=%00", "/people/a%00b/", "/rooms/garden/completion?q=@a%00"])
def test_an_address_that_no_database_could_be_asked_for_is_not_understood(ana: User, address: str):
    client = Client()
    client.force_login(ana)

    response = client.get(address)

    assert (response.status_code, response["X-Error-Code"]) == (400, "bad_request")
    assert "That was not understood" in response.content.decode()


def test_nor_by_the_api(db: None):
    response = Client().get("/api/rooms?after=%00")

    assert (response.status_code, response.json()["code"]) == (400, "bad_request")


def test_nor_is_what_is_sent_by_a_form(ana: User):
    client = Client()
    client.force_login(ana)

    assert client.post("/chats/new/", {"assistant": "a\0b"}).status_code == 400


@pytest.mark.parametrize("address", ["/accounts/login/", "/api/rooms"])
def test_a_session_s_key_that_no_database_could_be_asked_for_is_none(db: None, address: str):
    client = Client(headers={"cookie": 'sessionid="abcdefgh\\000"'})

    assert client.get(address).status_code == Client().get(address).status_code < 500


def test_what_is_refused_before_any_view_is_a_page_within_the_policy(db: None):
    ask_too_much(Client())
    asked = {
        429: Client().get("/accounts/login/"),
        400: Client(REMOTE_ADDR="192.0.2.7").get("/people/a%00b/"),
        "another host": Client(headers={"host": "evil.example"}).get("/accounts/login/"),
    }

    for answer in asked.values():
        assert answer.status_code in (400, 429)
        assert "default-src 'self'" in answer["Content-Security-Policy"]
        assert (answer["X-Frame-Options"], answer["X-Content-Type-Options"]) == ("DENY", "nosniff")


def test_whoever_signs_out_leaves_nothing_in_the_browsers_cache(ana: User):
    client = Client()
    client.force_login(ana)

    assert "Clear-Site-Data" not in client.get("/account/").headers
    assert client.post("/accounts/logout/")["Clear-Site-Data"] == '"cache"'


def test_no_browser_keeps_the_codes_of_a_second_factor(ana: User):
    client = Client()
    client.force_login(ana)

    for page in ("", "totp/activate/", "recovery-codes/"):
        assert "no-store" in client.get(f"/accounts/2fa/{page}")["Cache-Control"]
    assert "Cache-Control" not in client.get("/rooms/").headers  # back and forward are quick


def test_what_can_be_got_can_be_asked_for_its_headers(ana: User):
    client = Client()
    client.force_login(ana)
    for path in ("/rooms/", "/rooms/general/", "/rooms/general/messages/", "/me.css", "/api/rooms"):
        whole, head = client.get(path), client.head(path)

        assert (head.status_code, head.content) == (whole.status_code, b"")
        assert {name for name, _ in head.items()} == {name for name, _ in whole.items()}


def test_who_tries_to_sign_in_too_often_is_told_the_same(db: None, settings: Settings):
    settings.ACCOUNT_RATE_LIMITS = {"login": "1/m/ip"}
    client = Client()

    answers = [client.post("/accounts/login/", {"login": "ana", "password": "wrong"}) for _ in range(2)]

    assert (answers[1].status_code, answers[1]["X-Error-Code"]) == (429, "rate_limited")
    assert answers[1]["Retry-After"] == "60"


def test_whoever_watches_the_process_may_call_it_as_they_like_and_nobody_else(db: None, settings: Settings):
    settings.ALLOWED_HOSTS = ["chat.example.org"]
    client = Client(headers={"host": "127.0.0.1:8000"})

    assert [client.get(path).status_code for path in ("/healthz", "/readyz")] == [200, 200]
    assert client.get("/accounts/login/").status_code == 400
