"""Each stream, file and socket, asked for by everybody it is not for. (Pages and the API: ``tests/rights``.)"""

from __future__ import annotations

from pathlib import Path

import pytest
from asgiref.sync import sync_to_async
from pytest_django import Settings

from chat import limits
from chat.consumers.commands import SHAPES
from chat.models import Room, User
from tests.realtime.asking import Exchange
from tests.realtime.conftest import Asker, Opener, bot, browser
from tests.realtime.tabs import JSON
from tests.rights.addresses import PROGRAMS, WHOSE, filled, of
from tests.rights.house import ABSENT, SECRET, House, Object, state

LINES = ["rooms/<slug>/events/", "api/rooms/<slug>/export", "files/<pk>/<name>"]
CHATS = ["api/chat", "api/chat/stream"]
OTHERS = ("eve", "removed", "staff")
CSRF = {"X-CSRFToken": "a" * 32}
Headers = dict[str, str]


@pytest.fixture
def house(general: Room, settings: Settings, tmp_path: Path) -> House:
    settings.MEDIA_ROOT = tmp_path
    return House.build()


def shows(user: User, what: str) -> Headers:
    """A session with its CSRF token, or a token."""
    if what == "token":
        return bot(user)
    cookies = browser(user)
    return {**cookies, **CSRF, "Cookie": f"{cookies['Cookie']}; csrftoken={'a' * 32}"}


async def told(ask: Asker, address: str, thing: Object, headers: Headers) -> tuple[Exchange, bytes]:
    limits.forget()
    if address in CHATS:
        line = await ask(None, {"message": "intruder", "room": thing.slug}, f"/{address}", headers=headers)
    else:
        line = await ask(None, b"", filled(address, **thing.given(address)), "GET", headers=headers)
    return line, b"" if line.status == 200 else await line.body()


@pytest.mark.parametrize("what", ["session", "token"])
@pytest.mark.parametrize("name", OTHERS)
async def test_what_is_not_theirs_is_not_there(house: House, ask: Asker, name: str, what: str):
    headers = await sync_to_async(shows)(house.strangers[name], what)
    before = await sync_to_async(state)()

    for address in [*LINES, "files/<pk>/preview", *CHATS]:
        for thing in house.objects[0], house.objects[2]:
            hidden, said = await told(ask, address, thing, headers)
            absent, nothing = await told(ask, address, ABSENT, headers)
            assert (hidden.status, said, set(hidden.headers)) == (404, nothing, set(absent.headers)), address

    assert await sync_to_async(state)() == before


async def test_for_its_owner_all_of_it_is_there(house: House, ask: Asker):
    headers = await sync_to_async(shows)(house.owner, "session")

    for address in LINES:
        assert (await told(ask, address, house.objects[0], headers))[0].status == 200, address


@pytest.fixture
async def nobody(house: House, request: pytest.FixtureRequest) -> Headers:
    """What somebody shows who is nobody, or is nobody any more."""
    closed = house.strangers["closed"]
    match request.param:
        case "session of a closed account":
            return await sync_to_async(shows)(closed, "session")
        case "token of a closed account":
            return {"Host": "testserver", "Authorization": f"Bearer {house.of_closed}"}
        case "revoked token":
            owners = await sync_to_async(browser)(house.owner)
            return {**owners, "Authorization": f"Bearer {house.revoked}"}  # it wins over the session
        case _:
            return {"Host": "testserver", "Origin": "http://testserver"}


NOBODY = pytest.mark.parametrize(
    "nobody",
    ["nothing", "session of a closed account", "token of a closed account", "revoked token"],
    indirect=True,
)


@NOBODY
async def test_who_is_nobody_signs_in_first(house: House, ask: Asker, nobody: Headers):
    before = await sync_to_async(state)()

    for address in [*LINES, *CHATS]:
        line, said = await told(ask, address, house.objects[0], nobody)
        is_led_away = line.status == 302 and line.headers["location"].startswith("/accounts/login/")
        assert line.status == 401 or is_led_away, address
        assert SECRET not in said.decode()

    assert await sync_to_async(state)() == before


@NOBODY
async def test_who_is_nobody_has_no_socket(house: House, open_tab: Opener, nobody: Headers):
    tab = await open_tab(house.owner, house.objects[0].slug, JSON, **nobody)

    assert (await tab.until_closed()).code == 4401
    assert tab.seen == []


@NOBODY
async def test_models_are_for_programs(house: House, ask: Asker, nobody: Headers):
    session = await sync_to_async(shows)(house.owner, "session")

    for headers in nobody, session:
        for address in of(PROGRAMS):
            line = await ask(None, {}, filled(address, name="helper"), "GET", headers=headers)
            assert line.status in (401, 404, 405), address
            assert b"helper" not in await line.body()


@pytest.mark.parametrize("name", OTHERS)
async def test_a_socket_to_what_is_not_theirs_is_closed(house: House, open_tab: Opener, name: str):
    for slug in (house.objects[0].slug, house.objects[2].slug, ABSENT.slug):
        tab = await open_tab(house.strangers[name], slug)
        assert (await tab.until_closed()).code == 4404
        assert tab.seen == []


@pytest.mark.parametrize("kind", [kind for kind, fields in SHAPES.items() if "id" in fields])
async def test_no_command_reaches_into_another_room(house: House, open_tab: Opener, kind: str):
    tab = await open_tab(house.strangers["staff"], "general")
    before = await sync_to_async(state)()

    for pk in [thing.message for thing in house.objects] + [ABSENT.message]:
        await tab.send(type=kind, id=pk, text="intruder", emoji="👍")
        assert (await tab.until("error"))["code"] == "not_found"

    assert await sync_to_async(state)() == before


async def test_no_answer_quotes_another_room(house: House, open_tab: Opener):
    tab = await open_tab(house.strangers["eve"], "general")

    for pk in (house.objects[0].message, ABSENT.message):
        await tab.send(type="message.send", text="so there", reply_to=pk)
        assert (await tab.until("error"))["code"] == "not_found"


def test_all_of_these_lines_are_decided_about():
    assert {*LINES, *CHATS, "ws/rooms/<slug>/"} <= set(WHOSE)
