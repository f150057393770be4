from __future__ import annotations

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from limits import RateLimitItemPerSecond

from chat import limits
from chat.models import ApiToken, Room, User
from chat.services import tokens
from tests.realtime.conftest import Opener, bot, browser
from tests.realtime.tabs import HTML, JSON, Tab


async def test_a_member_is_welcomed(ana: User, open_tab: Opener) -> None:
    tab = await open_tab(ana, "general")

    room = await Room.objects.aget(slug="general")
    assert await tab.next() == {
        "type": "welcome",
        "room": {"slug": "general", "name": "General", "kind": "public"},
        "user": {"id": ana.pk, "name": "ana"},
        "role": "member",
        "sequence": 0,
        "revision": room.revision,
        "last_read": 0,
    }


@pytest.mark.parametrize(("offered", "chosen"), [(JSON, JSON), (HTML, HTML), (None, None)])
async def test_the_dialect_is_the_one_offered(
    ana: User, open_tab: Opener, offered: str | None, chosen: str | None
) -> None:
    tab = await open_tab(ana, "general", offered)

    assert tab.subprotocol == chosen


async def test_a_stranger_and_a_missing_room_look_the_same(eve: User, harbour: Room, open_tab: Opener) -> None:
    private = await open_tab(eve, harbour.slug)
    missing = await open_tab(eve, "nowhere")

    assert (await private.until_closed()).code == 4404
    assert (await missing.until_closed()).code == 4404


@pytest.mark.parametrize("slug", ["my.room", "%C3%A9", "a%20b", "%00", "general%00"])
async def test_an_address_that_no_room_can_have_is_that_of_a_missing_one(
    ana: User, open_tab: Opener, slug: str
) -> None:
    tab = await open_tab(ana, slug)

    assert (await tab.until_closed()).code == 4404


async def test_whoever_is_not_signed_in_is_told_to_sign_in(general: Room, ana: User, open_tab: Opener) -> None:
    own = {"Host": "testserver", "Origin": "http://testserver"}

    without = await open_tab(ana, "general", **own)
    forged = await open_tab(ana, "general", **own, Cookie=f"{settings.SESSION_COOKIE_NAME}=made-up")
    unheard_of = await open_tab(ana, "general", **own, Cookie=f'{settings.SESSION_COOKIE_NAME}="\\000"')  # a NUL

    assert (await without.until_closed()).code == 4401
    assert (await forged.until_closed()).code == 4401
    assert (await unheard_of.until_closed()).code == 4401


async def test_strangers_of_one_address_are_counted_as_by_http(
    general: Room, ana: User, open_tab: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "ANONYMOUS", RateLimitItemPerSecond(3, 60, "anonymous"))
    nobody = {"Host": "testserver", "Authorization": "Bearer made-up"}

    closes = [await (await open_tab(ana, "general", **nobody)).until_closed() for _ in range(4)]

    assert [close.code for close in closes] == [4401, 4401, 4401, 4429]
    assert 0 < int(closes[-1].reason) <= 60
    assert (await (await open_tab(ana, "general")).next())["type"] == "welcome"


@pytest.mark.parametrize("foreign", ['theme={"a":1}', "foo[bar]=1", "name=José", "a=b c", "flag", "=", 'half="'])
async def test_whatever_cookies_others_of_this_host_have_set(ana: User, foreign: str, open_tab: Opener) -> None:
    headers = await sync_to_async(browser)(ana)
    headers["Cookie"] = f"{foreign}; {headers['Cookie']}; {foreign}"

    tab = await open_tab(ana, "general", **headers)

    assert (await tab.next())["type"] == "welcome"


@pytest.mark.parametrize(
    "origin",
    ["", "null", "http://evil.example", "https://testserver", "http://testserver:81", "http://testserver.evil.example"],
)
async def test_a_cookie_from_a_foreign_page_is_refused(ana: User, origin: str) -> None:
    headers = await sync_to_async(browser)(ana, origin)
    if not origin:
        del headers["Origin"]

    accepted, _ = await Tab("general", headers, JSON).socket.connect()

    assert not accepted


async def test_a_page_of_a_name_that_is_not_ours_is_foreign_though_it_leads_here(ana: User) -> None:
    headers = await sync_to_async(browser)(ana, "http://evil.example")

    accepted, _ = await Tab("general", headers | {"Host": "evil.example"}, JSON).socket.connect()

    assert not accepted


async def test_the_sites_own_address_is_a_good_origin_behind_any_host(ana: User, open_tab: Opener) -> None:
    headers = await sync_to_async(browser)(ana, settings.SITE_URL)

    tab = await open_tab(ana, "general", **headers | {"Host": "inner.example"})

    assert (await tab.next())["type"] == "welcome"


async def test_a_token_needs_no_origin_and_beats_the_cookie(ana: User, ben: User, open_tab: Opener) -> None:
    headers = await sync_to_async(browser)(ana, "http://evil.example") | await sync_to_async(bot)(ben)

    tab = await open_tab(ana, "general", **headers)

    assert (await tab.next())["user"]["name"] == "ben"


async def test_a_token_that_only_opens_sockets_is_seen_to_be_used(ana: User, open_tab: Opener) -> None:
    """Else its owner would read that it never was, and revoke it."""
    headers = await sync_to_async(bot)(ana)
    assert (await ApiToken.objects.aget()).last_used_at is None

    await (await open_tab(ana, "general", **headers)).until("welcome")

    assert (await ApiToken.objects.aget()).last_used_at is not None


async def test_a_revoked_or_made_up_token_is_refused(ana: User, open_tab: Opener) -> None:
    headers = await sync_to_async(bot)(ana)
    await sync_to_async(tokens.revoke_token)(token=await ApiToken.objects.aget(), by=ana)

    revoked = await open_tab(ana, "general", **headers)
    made_up = await open_tab(ana, "general", Authorization="Bearer chat_nothing")

    assert (await revoked.until_closed()).code == 4401
    assert (await made_up.until_closed()).code == 4401


async def test_an_unknown_address_is_refused_without_noise(ana: User) -> None:
    headers = await sync_to_async(browser)(ana)
    tab = Tab("general", headers, JSON)
    tab.socket.scope["path"] = "/ws/elsewhere/"

    accepted, _ = await tab.socket.connect()

    assert not accepted
