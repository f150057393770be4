"""Nothing moves by itself: not while a page opens, and not once its scripts run."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import Visitors, make_room, say_lines

pytestmark = pytest.mark.asyncio(loop_scope="session")

WATCH = """
    window.moved = []
    new PerformanceObserver(list => {
        for (const { value, hadRecentInput, sources } of list.getEntries())
            if (value > 0 && !hadRecentInput) moved.push(sources.map(({ node }) => node?.className))
    }).observe({ type: "layout-shift", buffered: true })
"""
LOOK = """() => [...document.querySelectorAll("message-list > *")].map(one => one.matches(".divider")
    ? one.textContent : [one.matches(".message--follow"), one.querySelector("time").textContent])"""


@pytest.mark.parametrize(("locale", "zone"), [("en-GB", "Asia/Kolkata"), ("en-US", "America/St_Johns")])
async def test_a_page_opens_as_it_stays(visitors: Visitors, locale: str, zone: str) -> None:
    ana = await visitors.sign_up(f"still-{locale.lower()}", locale=locale, timezone_id=zone)
    slug = await make_room(ana, f"Still {locale}")
    await say_lines(ana, 12)
    await ana.context.add_init_script(WATCH)

    await visitors.enter(ana, slug)
    await expect(ana.locator("message-list .message")).to_have_count(12)

    assert await ana.evaluate("moved") == []


async def test_a_page_without_scripts_is_grouped_like_one_with_them(visitors: Visitors) -> None:
    ana = await visitors.sign_up("drawn", locale="en-GB", timezone_id="Asia/Kolkata")
    slug = await make_room(ana, "Drawn")
    await say_lines(ana, 4)
    scripted = await looks(await visitors.enter(ana, slug))

    await ana.route("**/assets/app.*.js", lambda route: route.abort())
    await ana.goto(f"/rooms/{slug}/")
    drawn = await looks(ana)
    visitors.complaints.clear()  # the browser says what it was not given

    assert drawn[1:] == scripted[1:]
    assert [said if isinstance(said, str) else said[0] for said in drawn][1:] == [False, True, True, True]


async def looks(page: Page) -> list[Any]:
    found: list[Any] = await page.evaluate(LOOK)
    return found
