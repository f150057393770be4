"""What is typed into a question over the room is there until its reader is done with it."""

from __future__ import annotations

import pytest
from playwright.async_api import FloatRect, Page, expect

from tests.e2e.conftest import Visitors, say
from tests.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_only_a_press_beside_a_question_closes_it(visitors: Visitors, shared_site: Site) -> None:
    page = await _judging(visitors, shared_site, "judge-selects")
    sheet, words = await _box(page, "dialog.sheet"), await _box(page, "#feedback-words")

    await page.mouse.move(words["x"] + 60, words["y"] + 12)
    await page.mouse.down()
    await page.mouse.move(sheet["x"] - 40, words["y"] + 12, steps=4)
    await page.mouse.up()
    await page.mouse.click(sheet["x"] + 6, words["y"])  # its own edge
    await page.focus("#feedback-words")
    await expect(page.locator("#feedback-words")).to_have_value("No lentils")
    await page.mouse.click(sheet["x"] - 40, words["y"])

    await expect(page.locator(".sheet")).to_have_count(0)


async def test_what_is_too_long_is_refused_and_not_cut_off(visitors: Visitors, shared_site: Site) -> None:
    page = await _judging(visitors, shared_site, "judge-at-length")
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await page.evaluate("navigator.clipboard.writeText('word '.repeat(100) + 'and the end')")

    await page.focus("#feedback-words")
    await page.keyboard.press("ControlOrMeta+v")
    await page.click("dialog button:has-text('Send')")

    await expect(page.locator(".sheet [role=alert]")).to_have_text("At most 500 characters.")
    assert (await page.input_value("#feedback-words")).endswith("and the end")
    visitors.complaints.clear()  # the browser says what was refused


async def _judging(visitors: Visitors, site: Site, name: str) -> Page:
    """Somebody who was answered, and has begun to say what they think of it."""
    site.order("addroom", name, "--assistant", "demo")
    page = await visitors.sign_up(name, name)
    await say(page, "@demo count to five")
    await expect(page.locator(".reply--complete")).to_have_count(1)
    await page.click("[title='Not a good answer']")
    await page.fill("#feedback-words", "No lentils")
    return page


async def _box(page: Page, selector: str) -> FloatRect:
    box = await page.locator(selector).bounding_box()
    assert box is not None
    return box
