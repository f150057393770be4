"""Each page and each call of the API, asked for by everybody it is not for. (Streams, files and
sockets: ``tests/realtime/test_whose.py``.)"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from chat.models import User
from tests.factories import make_token
from tests.rights.addresses import ADMIN, EVERYBODY, PEOPLE, READERS, WHOSE, addresses, filled, of, pages
from tests.rights.house import ABSENT, SAID, SECRET, House, Object, fresh_limits, state, without_chance

OTHERS = ("eve", "removed", "staff")
LINES = ("rooms/<slug>/events/", "api/rooms/<slug>/export", "api/chat", "api/chat/stream", "files/", "ws/")
PAGES = [address for address in WHOSE if not address.startswith((*LINES, "v1", "metrics"))]
HTML = [address for address in PAGES if not address.startswith("api/")]
API = [address for address in PAGES if address.startswith("api/")]
TO_SIGN_IN = "/accounts/login/"
FRAGMENT = {"HX-Request": "true"}  # of what is not there, the sentence alone


@pytest.fixture
def house(db: None, settings: Settings, tmp_path: Path) -> House:
    settings.MEDIA_ROOT = tmp_path
    return House.build()


def test_every_address_is_decided_about():
    assert addresses() == set(WHOSE)


def ask(client: Client, method: str, path: str) -> Any:
    fresh_limits()
    if method == "GET":
        return client.get(path)
    if path.startswith("/api/"):
        return client.generic(method, path, '{"text": "intruder", "name": "intruder"}', "application/json")
    return client.post(path, SAID)


def told(answer: Any) -> tuple[object, ...]:
    return answer.status_code, answer.headers.get("X-Error-Code"), without_chance(answer.content)


def browser(user: User, **headers: str) -> Client:
    client = Client(headers=headers)
    client.force_login(user)
    return client


def program(secret: str) -> Client:
    return Client(headers={"authorization": f"Bearer {secret}"})


def questions(among: list[str], *methods: str) -> list[tuple[str, str]]:
    return [(method, address) for address in among if WHOSE[address] is READERS for method in methods]


def assert_absent(client: Client, asked: list[tuple[str, str]], things: list[Object]) -> None:
    """As if there were no such thing, in whatever way one looks at it; and nothing has come of it."""
    before = state()
    for method, address in asked:
        absent = told(ask(client, method, filled(address, **ABSENT.given(address))))
        assert absent[0] in (404, 405), (method, address)
        for path in {filled(address, **thing.given(address)) for thing in things}:
            assert told(ask(client, method, path)) == absent, (method, path)
    assert state() == before


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_not_theirs_is_not_there_for_who_is_signed_in(house: House, name: str):
    assert_absent(browser(house.strangers[name], **FRAGMENT), questions(HTML, "GET", "POST"), house.objects)


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_not_theirs_is_not_there_for_their_programs(house: House, name: str):
    client = program(make_token(house.strangers[name])[1])

    assert_absent(client, questions(API, "GET", "POST", "PATCH", "DELETE"), house.objects)


def test_a_chat_is_not_there_for_a_member_of_another_room(house: House):
    assert_absent(browser(house.ben, **FRAGMENT), questions(HTML, "GET", "POST"), house.objects[2:])


def test_for_its_owner_all_of_it_is_there(house: House):
    """Else nothing would be proved above. Nothing is changed by a look, but for how far somebody has read."""
    client = browser(house.owner)
    question, reply = house.objects[2:]
    before = state()

    for method, address in questions(PAGES, "GET"):
        thing = question if address.endswith(("/again/", "/edit")) else reply
        answer = ask(client, method, f"{filled(address, **thing.given(address))}?name=helper")
        assert answer.status_code in (200, 204, 405), address
    assert {**state(), "Membership": []} == {**before, "Membership": []}


def test_nothing_is_done_for_a_form_of_another_site(house: House):
    client = Client(enforce_csrf_checks=True)
    client.force_login(house.owner)
    before = state()

    for address in [address for address in HTML if WHOSE[address] in (READERS, PEOPLE)]:
        for thing in house.objects:
            assert ask(client, "POST", filled(address, **thing.given(address))).status_code == 403, address
    assert state() == before


def who_is_nobody(house: House, why: str) -> Client:
    match why:
        case "closed":
            return browser(house.strangers["closed"])
        case "revoked":
            return program(house.revoked)
        case _:
            return Client()


@pytest.mark.parametrize("why", ["no session", "closed", "revoked"])
def test_who_is_nobody_signs_in_first(house: House, why: str):
    client = who_is_nobody(house, why)
    before = state()

    for address in [address for address in PAGES if WHOSE[address] in (READERS, PEOPLE)]:
        for method in ("GET", "POST"):
            answer = ask(client, method, filled(address, **house.objects[0].given(address)))
            assert is_sent_away(answer), (method, address, answer.status_code)
            assert SECRET not in answer.content.decode()
    assert state() == before


def is_sent_away(answer: Any) -> bool:
    """To the sign-in page, or with a method that nobody may use; 286 is what ends a page's asking."""
    if answer.status_code == 302:
        return bool(answer.headers["Location"].startswith(TO_SIGN_IN))
    return answer.status_code in (401, 405, 286)


def test_what_is_for_everybody_asks_nobody_to_sign_in(house: House):
    for address in [address for address in PAGES if WHOSE[address] is EVERYBODY]:
        answer = ask(Client(), "GET", filled(address))
        assert answer.status_code != 401, address
        assert SECRET not in answer.content.decode()


def test_lists_name_nothing_that_is_not_theirs(house: House):
    client = browser(house.strangers["eve"])

    for address in of(PEOPLE):
        if address in PAGES:
            for query in ("", f"?q={SECRET[:-1]}", "?q=garden", "?room=garden"):
                answer = ask(client, "GET", filled(address, name="ana") + query)
                assert SECRET not in answer.content.decode(), (address, query)


@pytest.mark.parametrize("name", ["eve", "nobody"])
def test_every_page_of_the_admin_is_for_staff(house: House, name: str):
    client = Client() if name == "nobody" else browser(house.strangers[name])
    before = state()

    for page in sorted(set(pages())):
        if page.startswith(ADMIN) and page != f"{ADMIN}logout/":
            for method in ("GET", "POST"):
                answer = ask(client, method, filled(page.replace("(.*)", ""), app_label="chat"))
                assert answer.status_code in (302, 403), (method, page)
                assert "/login/" in answer.headers.get("Location", "/login/"), (method, page)
    assert state() == before
