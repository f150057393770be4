"""A machine's clock that is set, as after a start without a network, holds up nothing."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Page, Route, expect

from tests.e2e.conftest import Visitors, make_room, say, scripted
from tests.e2e.lines import cut_while

pytestmark = pytest.mark.asyncio(loop_scope="session")

HOUR_S = 3600


async def test_what_could_not_go_goes_with_the_line_though_the_clock_was_set_back_meanwhile(visitors: Visitors) -> None:
    ana = await visitors.sign_up("an-hour-back")
    slug = await make_room(ana, "Set back")
    is_away, was_tried = [True], asyncio.Event()

    async def refuse(route: Route) -> None:
        if route.request.method == "POST":
            was_tried.set()
        await (route.abort() if is_away[0] else route.continue_())

    await ana.route_web_socket("**/ws/**", cut_while(is_away))
    for address in ("**/messages/*", "**/events/*"):
        await ana.route(address, refuse)
    await ana.clock.install()
    await ana.goto(f"/rooms/{slug}/")
    await scripted(ana)
    await say(ana, "an hour ahead")
    async with asyncio.timeout(60):
        await was_tried.wait()

    await set_back(ana)
    is_away[0] = False

    await expect(ana.locator(".connection--live")).to_be_visible()
    await expect(ana.locator("message-list .prose")).to_have_text("an hour ahead")
    visitors.complaints.clear()  # the browser says which requests failed


async def set_back(page: Page) -> None:
    now = await page.evaluate("Date.now()")
    await page.clock.set_system_time(now / 1000 - HOUR_S)
