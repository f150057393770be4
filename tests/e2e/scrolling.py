"""Rooms long enough to scroll in, and where one is in them."""

from __future__ import annotations

from playwright.async_api import Page, expect

from tests.e2e.conftest import Visitors, make_room, say, say_lines, settled
from tests.site import Site

TELL = """
from chat.models import Room
from chat.services.messages import post_message
room = Room.objects.get(slug="{slug}")
owner = room.memberships.get(role="owner").user
for number in range(1, {count} + 1):
    post_message(room=room, author=owner, text=f"told {{number}}")
"""


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


def tell_lines(site: Site, slug: str, count: int) -> list[str]:
    """By the owner of the room, to nobody who is in it now: many of them in less time than a page takes to say them."""
    site.order("shell", "--verbosity=0", "--command", TELL.format(slug=slug, count=count))
    return [f"told {number}" for number in range(1, count + 1)]


async def go_up(page: Page, count: int) -> None:
    """Until so many messages are on the page, which opened with fifty."""
    for shown in range(100, count + 1, 50):
        await scroll(page, -1_000_000)
        await expect(page.locator("message-list .message")).to_have_count(shown)


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
