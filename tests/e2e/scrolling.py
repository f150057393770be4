"""Rooms long enough to scroll in, and where one is in them."""

from __future__ import annotations

from playwright.async_api import Page, expect

from tests.e2e.conftest import Visitors, make_room, say, say_lines, settled


async def two_in(visitors: Visitors, name: str, count: int) -> tuple[Page, Page]:
    """Two members of a room in which so many lines were said."""
    ana = await visitors.sign_up(f"{name}-ana")
    slug = await make_room(ana, name.title())
    ben = await visitors.sign_up(f"{name}-ben", slug)
    await say(ben, "hello")
    await expect(ana.locator("message-list .message")).to_have_count(1)
    await say_lines(ana, count)
    await expect(ben.locator("message-list .message")).to_have_count(count + 1)
    return ana, ben


async def scroll(page: Page, top: int) -> None:
    """The log lies upside down: 0 is its end. A frame later everybody has heard of it."""
    await page.evaluate("top => { document.querySelector('.log').scrollTop = top }", top)
    await settled(page)


async def where(page: Page, text: str) -> float:
    await settled(page)
    return await page.evaluate(
        """words => [...document.querySelectorAll(".prose")]
            .find(one => one.innerText === words).getBoundingClientRect().top""",
        text,
    )
