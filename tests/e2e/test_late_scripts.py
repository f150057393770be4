"""A page is one to read and to walk through before its scripts come, as on a slow line: what one does stays done."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Page, Route, expect

from tests.e2e.conftest import Visitors, make_room, say_lines
from tests.e2e.scrolling import where

pytestmark = pytest.mark.asyncio(loop_scope="session")

SCRIPTS = "**/assets/app.*.js"


@asynccontextmanager
async def opened_before_its_scripts(page: Page, address: str) -> AsyncIterator[None]:
    """All of the page is there but those; they come at the end of this."""
    may_come = asyncio.Event()

    async def hold(route: Route) -> None:
        await may_come.wait()
        await route.continue_()

    await page.route(SCRIPTS, hold, times=1)
    await page.goto(address, wait_until="commit")
    await page.wait_for_selector("#main ~ room-frame", state="attached")
    yield
    may_come.set()
    await page.wait_for_selector(".connection--live")


async def test_a_page_around_a_message_opens_at_it_and_asks_for_no_others(visitors: Visitors) -> None:
    ana = await visitors.sign_up("around-late")
    slug = await make_room(ana, "Around")
    await say_lines(ana, 200)

    async with opened_before_its_scripts(ana, f"/rooms/{slug}/?around=60"):
        pass

    await expect(ana.locator("message-list .prose", has_text="line 60")).to_be_in_viewport()
    await expect(ana.locator("message-list .message")).to_have_count(50)


async def test_who_has_scrolled_before_stays_there(visitors: Visitors) -> None:
    ana = await visitors.sign_up("scrolls-early")
    slug = await make_room(ana, "Scrolled early")
    await say_lines(ana, 120)

    async with opened_before_its_scripts(ana, f"/rooms/{slug}/?around=80"):
        await ana.locator(".log").hover()
        await ana.mouse.wheel(0, -200)
        await ana.wait_for_function("() => document.querySelector('.log').scrollTop <= -200")
        read = await where(ana, "line 90")

    assert abs(await where(ana, "line 90") - read) < 1


async def test_the_composer_takes_the_focus_from_nothing_that_has_it(visitors: Visitors) -> None:
    ana = await visitors.sign_up("tabs-early")
    slug = await make_room(ana, "Focused early")
    settings = ana.locator("a[title='Room settings']")

    async with opened_before_its_scripts(ana, f"/rooms/{slug}/"):
        await settings.focus()
    await expect(settings).to_be_focused()

    async with opened_before_its_scripts(ana, f"/rooms/{slug}/"):
        pass
    await expect(ana.locator("#text")).to_be_focused()

    await ana.locator("room-link[data-room=general] a").click()
    await expect(ana).to_have_title("General · Chat")
    await expect(ana.locator("#text")).to_be_focused()
