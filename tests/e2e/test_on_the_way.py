"""A page that is pressed on a line that is slow, or cut: what is there stays, and says what is happening."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Page, Route, expect

from tests.e2e.conftest import Visitors, make_room

pytestmark = pytest.mark.asyncio(loop_scope="session")

PHONE = {"width": 390, "height": 844}
GENERAL = "room-link[data-room=general] a"


async def test_a_page_on_its_way_is_seen_to_be(visitors: Visitors) -> None:
    ana = await visitors.sign_up("waits-for-it")
    await make_room(ana, "Waiting room")
    may_go = asyncio.Event()

    async def hold(route: Route) -> None:
        await may_go.wait()
        await route.continue_()

    await ana.route("**/rooms/general/", hold)

    await ana.click(GENERAL)
    bar = ana.locator("body[data-going]")
    await expect(bar).to_have_count(1)
    assert await bar.evaluate("body => getComputedStyle(body, '::before').position") == "fixed"
    may_go.set()

    await expect(ana).to_have_title("General · Chat")
    await expect(bar).to_have_count(0)


async def test_without_a_connection_a_pressed_room_says_so_and_the_page_stays(visitors: Visitors) -> None:
    ana = await visitors.sign_up("presses-offline", viewport=PHONE, has_touch=True)
    await make_room(ana, "Still here")
    await ana.fill("#text", "half a thought")
    await ana.context.set_offline(True)

    await _press(ana)

    await expect(ana.locator("#rooms")).to_be_hidden()
    await expect(ana.locator("typing-line")).to_have_text("There is no connection. Try again.")
    await expect(ana.locator("#text")).to_have_value("half a thought")
    await expect(ana.locator("body[data-going]")).to_have_count(0)

    await ana.context.set_offline(False)
    await _press(ana)
    await expect(ana).to_have_title("General · Chat")
    visitors.complaints.clear()


async def test_where_there_is_no_composer_it_is_said_where_it_was_pressed_until_the_next_press(
    visitors: Visitors,
) -> None:
    ana = await visitors.sign_up("reads-the-list")
    await ana.goto("/people/")
    await ana.context.set_offline(True)

    await ana.click(GENERAL)
    notice = ana.locator(f"{GENERAL} + .notice")
    await expect(notice).to_contain_text("There is no connection.")

    await ana.context.set_offline(False)
    await ana.click(GENERAL)
    await expect(ana).to_have_title("General · Chat")
    await expect(notice).to_have_count(0)
    visitors.complaints.clear()


async def test_nor_is_a_search_silent(visitors: Visitors) -> None:
    ana = await visitors.sign_up("searches-offline")
    await ana.goto("/rooms/")
    notice = ana.locator(".directory__top + .notice")
    await ana.context.set_offline(True)

    await ana.fill("#filter", "gene")
    await expect(notice).to_contain_text("There is no connection.")

    await ana.context.set_offline(False)
    await ana.fill("#filter", "general")
    await expect(ana.locator("#listed h3, #listed a", has_text="General").first).to_be_visible()
    await expect(notice).to_have_count(0)
    visitors.complaints.clear()


async def test_what_scripts_may_not_follow_is_loaded_whole(visitors: Visitors) -> None:
    """As where a proxy asks somebody to sign in on another host."""
    ana = await visitors.sign_up("led-elsewhere")
    await make_room(ana, "Before the proxy")
    await ana.evaluate("window.isStillHere = true")
    await ana.route(
        "**/rooms/general/",
        lambda route: route.abort() if route.request.resource_type == "fetch" else route.continue_(),
    )

    await ana.click(GENERAL)

    await expect(ana).to_have_title("General · Chat")
    assert await ana.evaluate("window.isStillHere") is None
    visitors.complaints.clear()


async def _press(page: Page) -> None:
    await page.tap(".header__menu")
    await page.tap(f"#rooms {GENERAL}")


async def test_back_and_forward_before_the_answer_is_where_one_was(visitors: Visitors) -> None:
    ana = await visitors.sign_up("changes-her-mind")
    await make_room(ana, "Second thoughts")
    await ana.goto("/rooms/general/")
    await ana.click("room-link a:has-text('Second thoughts')")
    await expect(ana).to_have_title("Second thoughts · Chat")
    is_asked, may_go = asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        is_asked.set()
        await may_go.wait()
        await route.continue_()

    await ana.route("**/rooms/general/", hold)
    await ana.evaluate("history.back()")
    await is_asked.wait()
    await ana.evaluate("history.forward()")
    await expect(ana.locator("body[data-going]")).to_have_count(0)
    may_go.set()

    await asyncio.sleep(0.5)  # in which the other room would have been shown
    await expect(ana).to_have_title("Second thoughts · Chat")
    await expect(ana.locator("h1")).to_contain_text("Second thoughts")
    assert "second-thoughts" in ana.url
