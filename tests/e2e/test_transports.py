"""Behind whatever proxy: the same journey by socket, by event stream, and by asking."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import cast

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import Visitors, Welcome, make_room, say, words
from tests.e2e.proxy import Proxy
from tests.e2e.test_replies import room_with_model
from tests.fake_llm import FakeLLM
from tests.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

LIGHTS = {"socket": "Connected", "stream": "Connected by event stream", "asking": "Connected, asking every 3 s"}


async def behind(proxy: Proxy, welcome: Welcome, way: str) -> Visitors:
    """Visitors who reach the site through it, no better than this way. What a browser says of refused lines is no
    complaint of ours."""
    proxy.passes_upgrades, proxy.passes_streams = way == "socket", way != "asking"
    return await welcome(cast("Site", proxy))


async def signed(page: Page) -> dict[str, str]:
    """A form's token, for a request that no form sends."""
    token = await page.locator("[name=csrfmiddlewaretoken]").first.get_attribute("value")
    return {"X-CSRFToken": token or "", "Referer": page.url}


async def said(page: Page, *lines: str) -> None:
    await expect(page.locator("message-list .message .prose")).to_have_text(list(lines))


@pytest.mark.parametrize("way", LIGHTS)
async def test_each_way_carries_the_whole_journey(way: str, proxy: Proxy, welcome: Welcome, visitors: Visitors) -> None:
    ben = await visitors.sign_up(f"open-{way}")
    slug = await make_room(ben, f"Way of the {way}")
    ana = await (await behind(proxy, welcome, way)).sign_up(f"office-{way}", slug)
    await expect(ana.locator(".connection__words")).to_have_text(LIGHTS[way])
    general = ana.locator("room-link[data-room=general]")
    unread = int(await general.get_attribute("data-sequence") or 0) - int(await general.get_attribute("data-read") or 0)

    await say(ana, "from behind")
    await said(ben, "from behind")
    await expect(ana.locator("message-outbox .message")).to_have_count(0)
    await say(ben, "from outside")
    for page in (ana, ben):
        await said(page, "from behind", "from outside")

    await ben.request.post("/rooms/general/messages/", form={"text": "elsewhere"}, headers=await signed(ben))
    await expect(general.locator(".room-link__count")).to_have_text(re.compile(rf"^{unread + 1} "))

    await ben.press("#text", "ArrowUp")
    await ben.fill("message-edit textarea", "from the outside")
    await ben.press("message-edit textarea", "Enter")
    await said(ana, "from behind", "from the outside")

    proxy.cut()
    await say(ben, "while you were away")
    for page in (ana, ben):
        await said(page, "from behind", "from the outside", "while you were away")
    await expect(ana.locator(".connection__words")).to_have_text(LIGHTS[way])
    await ana.reload()
    await said(ana, *await words(ben))


@pytest.fixture(scope="module")
def model() -> Iterator[FakeLLM]:
    with FakeLLM() as running:
        yield running


@pytest.mark.parametrize("way", ["stream", "asking"])
async def test_a_reply_comes_whole(way: str, proxy: Proxy, welcome: Welcome, shared_site: Site, model: FakeLLM) -> None:
    slug = room_with_model(shared_site, model, f"whole-by-{way}")
    ana = await (await behind(proxy, welcome, way)).sign_up(f"asker-{way}", slug)
    await expect(ana.locator(".connection__words")).to_have_text(LIGHTS[way])
    hold = model.hold("Beans climb,", " and so do peas.")

    await say(ana, "@scripted go on")
    reply = ana.locator("message-list .reply")
    await expect(reply).to_have_attribute("aria-busy", "true")
    await expect(reply.locator("reply-body")).to_have_text("Beans climb,")
    hold.release()
    await expect(reply).to_have_class("message reply reply--complete")

    shown = await reply.locator("reply-body").inner_text()
    await ana.reload()
    await expect(ana.locator("message-list .reply").last.locator("reply-body")).to_have_text(shown, use_inner_text=True)


async def test_a_stream_that_begins_anew_asks_what_it_missed_of_other_rooms(proxy: Proxy, welcome: Welcome) -> None:
    ana = await (await behind(proxy, welcome, "stream")).sign_up("restreamer")
    await expect(ana.locator(".connection__words")).to_have_text(LIGHTS["stream"])

    async with ana.expect_request(re.compile(r"/events/.*&tally=0$")):
        await ana.evaluate("document.querySelector('chat-live').sync()")

    await expect(ana.locator("chat-live:not([data-tally])")).to_have_count(1)


async def test_it_climbs_back_to_a_socket_as_soon_as_one_passes(
    proxy: Proxy, welcome: Welcome, visitors: Visitors
) -> None:
    ben = await visitors.sign_up("upstairs")
    slug = await make_room(ben, "Climbing")
    ana = await (await behind(proxy, welcome, "stream")).sign_up("climber", slug)
    await expect(ana.locator(".connection__words")).to_have_text(LIGHTS["stream"])

    proxy.passes_upgrades = True
    await ana.evaluate("dispatchEvent(new Event('online'))")

    await expect(ana.locator(".connection__words")).to_have_text(LIGHTS["socket"])
    await say(ben, "once")
    await said(ana, "once")


async def wake_by(page: Page, event: str) -> None:
    await page.evaluate(f"(/^v/.test('{event}') ? document : window).dispatchEvent(new Event('{event}'))")


async def wake_from_sleep(page: Page) -> None:
    await page.clock.pause_at(await page.evaluate("Date.now() / 1000 + 3600"))


@pytest.mark.parametrize("way", LIGHTS)
async def test_who_wakes_behind_a_line_that_died_in_silence_finds_out_within_ten_seconds(
    way: str, proxy: Proxy, welcome: Welcome, visitors: Visitors
) -> None:
    """By the page's own clock, which stands still but for them. How one wakes is the same behind each line."""
    ben = await visitors.sign_up(f"awake-{way}")
    slug = await make_room(ben, f"Sleeping by {way}")
    sleepers = await behind(proxy, welcome, way)
    ana = await sleepers.sign_up(f"sleeper-{way}", slug)
    await ana.clock.install()
    await sleepers.enter(ana, slug)
    ways_to_wake: list[Callable[[Page], Awaitable[None]]] = [
        partial(wake_by, event="visibilitychange"),
        wake_from_sleep,
        partial(wake_by, event="online"),
    ]

    for number, wake in enumerate(ways_to_wake[: {"socket": 3, "stream": 2, "asking": 1}[way]], 1):
        await expect(ana.locator(".connection__words")).to_have_text(LIGHTS[way])
        await ana.clock.pause_at(await ana.evaluate("Date.now() / 1000 + 1"))
        proxy.freeze()
        await say(ben, f"into the void {number}")
        await wake(ana)
        await ana.clock.run_for(10_000)
        await expect(ana.locator(".connection--reconnecting")).to_be_visible()
        proxy.thaw()
        await ana.clock.resume()
        await said(ana, *[f"into the void {each}" for each in range(1, number + 1)])


async def test_what_is_pressed_on_a_line_that_died_in_silence_is_not_taken_for_done(
    proxy: Proxy, welcome: Welcome
) -> None:
    ana = await (await behind(proxy, welcome, "socket")).sign_up("presses-into-the-void")
    await make_room(ana, "Void")
    await say(ana, "stays")
    await said(ana, "stays")
    await expect(ana.locator(".connection--live")).to_be_visible()

    proxy.freeze()
    await ana.hover("message-list .message")
    await ana.click("message-list .message [data-action=delete]")
    async with ana.expect_request(re.compile(r"/delete")):
        await ana.click("#delete-question button[value=delete]")
    proxy.cut()
    proxy.thaw()

    await expect(ana.locator("typing-line")).to_have_text("There is no connection. Try again.")
    await said(ana, "stays")
