"""Pages in another language than English, and from right to left."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Locator, Page, expect

from tests.e2e.conftest import Visitors, say
from tests.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

# What /words.js brings, of a language whose words all stand in brackets.
BRACKETS = """
    globalThis.gettext = words => `[${words}]`
    globalThis.ngettext = (one, many, count) => `[${count === 1 ? one : many}]`
"""


async def test_the_clock_of_a_reply_speaks_the_language_of_the_site(visitors: Visitors, shared_site: Site) -> None:
    shared_site.order("addroom", "clock-words", "--assistant", "demo")
    page = await visitors.sign_up("clock-reader", "clock-words")
    await page.context.add_init_script(BRACKETS)
    await page.reload()
    await page.wait_for_selector(".connection--live")

    await say(page, "@demo tell me something long")

    await expect(page.locator(".reply--streaming reply-clock")).to_have_text(re.compile(r"^\[\d+ words\]$"))


async def test_the_days_below_a_plot_stand_as_its_boxes_do_from_right_to_left(
    visitors: Visitors, shared_site: Site
) -> None:
    shared_site.order("addroom", "plotted", "--assistant", "demo")
    page = await visitors.sign_up("plotter", "plotted")
    await say(page, "@demo count to three")
    await expect(page.locator(".reply--complete")).to_be_visible()
    await page.goto("/account/usage/")

    await _turn(page)

    first, last = [await _middle(day) for day in await page.locator(".plot__days span").all()]
    (today,) = [await _middle(box) for box in await page.locator(".plot__boxes rect").all()]
    assert abs(today - last) < abs(today - first)


async def _turn(page: Page) -> None:
    await page.evaluate("document.documentElement.dir = 'rtl'")


async def _middle(element: Locator) -> float:
    box = await element.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2
