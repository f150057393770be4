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


async def test_each_paragraph_stands_on_the_side_it_is_written_from(visitors: Visitors) -> None:
    page = await visitors.sign_up("bothways")
    for_outbox = "text => document.dispatchEvent(new CustomEvent('outbox:say', { detail: { text } }))"
    await page.evaluate(for_outbox, "hello\n\nשלום\n\n- here\n- כאן")
    said = page.locator("message-list .message", has_text="שלום")
    await expect(said).to_be_visible()

    sides = await said.locator(".prose :is(p, li)").evaluate_all(
        """all => all.map(one => {
            const words = document.createRange()
            words.selectNodeContents(one)
            const [inner, outer] = [words, one].map(each => each.getBoundingClientRect())
            return inner.left - outer.left < outer.right - inner.right ? "left" : "right"
        })"""
    )

    assert sides == ["left", "right", "left", "right"]


async def test_what_is_written_from_left_to_right_stays_so_between_words_that_are_not(visitors: Visitors) -> None:
    page = await visitors.sign_up("righttoleft")
    await say(page, "قل `f()` ثم @righttoleft هنا")
    said = page.locator("message-list .message", has_text="f()")
    await expect(said).to_be_visible()

    assert await _is_in_order(said.locator("code"), "f", ")")

    await page.goto("/people/righttoleft/")
    await _turn(page)
    assert await _is_in_order(page.locator(".letter__text bdi").first, "@", "r")

    await page.goto("/help/writing/")
    await _turn(page)
    assert await _is_in_order(page.locator("pre", has_text="A heading"), "#", "A")


async def _turn(page: Page) -> None:
    await page.evaluate("document.documentElement.dir = 'rtl'")


async def _middle(element: Locator) -> float:
    box = await element.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2


async def _is_in_order(element: Locator, left: str, right: str) -> bool:
    """Whether the one character is drawn left of the other."""
    return bool(
        await element.evaluate(
            """(element, characters) => {
                const [left, right] = characters.map(character => {
                    const text = document.createTreeWalker(element, NodeFilter.SHOW_TEXT).nextNode()
                    const range = document.createRange()
                    range.setStart(text, text.data.indexOf(character))
                    range.setEnd(text, text.data.indexOf(character) + 1)
                    return range.getBoundingClientRect().left
                })
                return left < right
            }""",
            [left, right],
        )
    )
