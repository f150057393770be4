"""Two people with one browser: what one of them has written is never said by the other's name."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Page, Route, WebSocketRoute, expect

from tests.e2e.conftest import Visitors, make_room, say, send_form
from tests.factories import PASSWORD

pytestmark = pytest.mark.asyncio(loop_scope="session")


class Tunnel:
    """While one is in it nothing passes; afterwards only what the way outside lets through."""

    def __init__(self, by: str) -> None:
        self.is_inside = True
        self._by = by

    async def lead(self, page: Page) -> None:
        await page.route_web_socket("**/ws/**", self._connect)
        await page.route("**/rooms/**", self._ask)

    async def _connect(self, line: WebSocketRoute) -> None:
        if self.is_inside or self._by != "socket":
            await line.close(code=1012)
        else:
            line.connect_to_server()

    async def _ask(self, route: Route) -> None:
        is_shut = self.is_inside or (self._by == "asking" and "/events/" in route.request.url)
        is_page = route.request.is_navigation_request()
        await (route.abort() if is_shut and not is_page else route.continue_())


@pytest.mark.parametrize("by", ["socket", "stream", "asking"])
async def test_what_waits_is_not_said_by_whoever_signs_in_next(visitors: Visitors, by: str) -> None:
    await visitors.sign_up(f"next-{by}")
    ana = await visitors.sign_up(f"first-{by}")
    slug = await make_room(ana, f"One browser, {by}")
    tunnel = Tunnel(by)
    await tunnel.lead(ana)
    await ana.goto(f"/rooms/{slug}/")
    await say(ana, "only annie says this")
    await expect(ana.locator("message-outbox .message__note")).to_have_text("waiting")

    await send_form(ana, "/accounts/logout/")
    await send_form(ana, "/accounts/login/", login=f"next-{by}", password=PASSWORD)
    me = await ana.locator("body").get_attribute("data-user")
    tunnel.is_inside = False

    await expect(ana.locator(f"body:not([data-user='{me}'])")).to_have_count(1, timeout=30_000)
    await ana.unroute_all()
    await ana.goto(f"/rooms/{slug}/")
    await expect(ana.locator(".connection--live")).to_have_count(1, timeout=30_000)
    await expect(ana.locator(".message")).to_have_count(0)
    visitors.complaints.clear()  # the browser says what did not pass, and that her token was not taken from him


async def test_nor_by_whoever_comes_to_a_page_that_was_left_signed_out(visitors: Visitors) -> None:
    await visitors.sign_up("next-seen")
    ana = await visitors.sign_up("first-seen")
    slug = await make_room(ana, "One browser, seen")
    await send_form(ana, "/accounts/logout/")
    await expect(ana.locator(".connection--signed-out")).to_have_count(1)
    await say(ana, "only annie says this")
    await asyncio.sleep(5)  # the courier has lost patience with the socket

    await send_form(ana, "/accounts/login/", login="next-seen", password=PASSWORD)
    me = await ana.locator("body").get_attribute("data-user")
    await ana.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    await expect(ana.locator(f"body:not([data-user='{me}'])")).to_have_count(1)
    await ana.goto(f"/rooms/{slug}/")
    await expect(ana.locator(".connection--live")).to_have_count(1)
    await expect(ana.locator(".message")).to_have_count(0)
