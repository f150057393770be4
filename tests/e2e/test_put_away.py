"""Pages that the browser puts away whole when one leaves them, and shows again, as they were, when one goes back."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, WebSocketRoute, async_playwright, expect

from tests.e2e.conftest import Visitors, Welcome, becomes, make_room, say, welcoming, words
from tests.e2e.lines import kept_in
from tests.e2e.proxy import Proxy
from tests.e2e.test_transports import LIGHTS, behind, said
from tests.servers.chromium import Chromium
from tests.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

KEEPS_NONE = "--disable-back-forward-cache"  # what Playwright tells each browser
WAKE_UP_MS = 10_000
KEPT = "Number(sessionStorage.kept)"  # how often
NOTED = """
    sessionStorage.kept = 0
    addEventListener("pageshow", event => { sessionStorage.kept = Number(sessionStorage.kept) + event.persisted })
"""


PUT_AWAY_WHILE_HELD = """() => document.addEventListener("live:state", event => setTimeout(() => {
    for (const name of ["pagehide", "pageshow"]) dispatchEvent(new PageTransitionEvent(name, { persisted: true }))
    window.wasPutAway = event.detail.state === "held"
}), { once: true })"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def keeping(whole_chromium: Chromium) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        yield await playwright.chromium.launch(
            executable_path=whole_chromium.executable, args=whole_chromium.args, ignore_default_args=[KEEPS_NONE]
        )


@pytest_asyncio.fixture(loop_scope="session")
async def keepers(keeping: Browser) -> AsyncIterator[Welcome]:
    async with welcoming(keeping) as make:
        yield make


async def leave(page: Page) -> None:
    await page.evaluate(NOTED)
    await page.goto("/healthz")


async def go_back(page: Page, pages: int = 1) -> None:
    """As the button does; a page that is shown again does not load."""
    async with page.expect_event("framenavigated"):
        await page.evaluate("pages => { setTimeout(() => history.go(-pages)) }", pages)


@pytest.mark.parametrize("way", LIGHTS)
async def test_a_page_that_was_put_away_is_up_to_date_when_it_is_shown_again(
    way: str, proxy: Proxy, keepers: Welcome, visitors: Visitors
) -> None:
    ben = await visitors.sign_up(f"stayer-{way}")
    slug = await make_room(ben, f"Put away by {way}")
    ana = await (await behind(proxy, keepers, way)).sign_up(f"leaver-{way}", slug)
    await expect(ana.locator(".connection__words")).to_have_text(LIGHTS[way])
    await ana.fill("#text", "back, and")

    await leave(ana)
    await say(ben, "while you were away")
    await said(ben, "while you were away")
    await go_back(ana)

    await becomes(lambda: ana.evaluate(KEPT), 1)
    await expect(ana.locator("message-list .prose")).to_have_text(["while you were away"], timeout=WAKE_UP_MS)
    await ana.press("#text", "End")
    await ana.type("#text", " well")
    await ana.press("#text", "Enter")
    await said(ben, "while you were away", "back, and well")
    await said(ana, *await words(ben))
    await expect(ana.locator(".connection__words")).to_have_text(LIGHTS[way])


async def test_no_page_is_put_away_beyond_signing_out(shared_site: Site, keepers: Welcome) -> None:
    ana = await (await keepers(shared_site)).sign_up("goes-back-for-real")
    slug = await make_room(ana, "Not kept")
    await leave(ana)
    await go_back(ana)
    await becomes(lambda: ana.evaluate(KEPT), 1)
    await ana.goto("/accounts/logout/")
    await ana.click("button:has-text('Sign out')")
    await ana.wait_for_url("**/accounts/login/**")

    await go_back(ana, pages=2)

    await ana.wait_for_url(f"**/accounts/login/?next=/rooms/{slug}/")
    assert await ana.evaluate(KEPT) == 1


async def test_a_page_that_is_to_wait_and_is_put_away_comes_back_when_it_has_waited(visitors: Visitors) -> None:
    ana = await visitors.sign_up("waits-put-away")
    lines: list[WebSocketRoute] = []
    await ana.route_web_socket("**/ws/**", kept_in(lines))
    await visitors.enter(ana, "general")

    await ana.evaluate(PUT_AWAY_WHILE_HELD)
    await lines[-1].close(code=4429, reason="2")
    await ana.wait_for_function("window.wasPutAway")

    await expect(ana.locator(".connection--live")).to_have_count(1)
