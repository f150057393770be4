from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import Visitors, say
from tests.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

LONG = "@demo tell me something long"


async def test_two_people_see_the_same_reply_grow_and_end(visitors: Visitors, shared_site: Site) -> None:
    slug = room_with_demo(shared_site, "grow")
    ana, ben = await visitors.sign_up("grow-ana", slug), await visitors.sign_up("grow-ben", slug)

    await say(ana, LONG)
    for page in (ana, ben):
        await expect(page.locator(".reply--streaming")).to_have_count(1)
        await page.wait_for_function(GROWN, arg=100)
    half = await text_of(ana), await text_of(ben)
    for page in (ana, ben):
        await expect(page.locator(".reply--complete")).to_have_count(1, timeout=60_000)

    whole = await text_of(ana)
    assert all(100 <= len(part) < len(whole) for part in half)
    assert await html_of(ana) == await html_of(ben)
    await ben.reload()
    assert await html_of(ana) == await html_of(ben)


async def test_a_reload_in_the_middle_shows_what_is_there_and_goes_on(visitors: Visitors, shared_site: Site) -> None:
    slug = room_with_demo(shared_site, "reload")
    ana = await visitors.sign_up("reload-ana", slug)
    await say(ana, LONG)
    await ana.wait_for_function(GROWN, arg=200)
    before = await text_of(ana)

    await ana.reload()
    await ana.wait_for_function(GROWN, arg=len(before))
    await expect(ana.locator(".reply--streaming")).to_have_count(1)
    await expect(ana.locator(".reply--complete")).to_have_count(1, timeout=60_000)

    shown = await html_of(ana)
    await ana.reload()
    assert await html_of(ana) == shown


async def test_anybody_in_the_room_stops_a_reply_and_asks_again(visitors: Visitors, shared_site: Site) -> None:
    slug = room_with_demo(shared_site, "stop")
    ana, ben = await visitors.sign_up("stop-ana", slug), await visitors.sign_up("stop-ben", slug)
    await say(ben, "I am a member now")
    await say(ana, LONG)
    await ben.wait_for_function(GROWN, arg=50)

    await ben.click(".reply__stop")
    await expect(ana.locator(".reply--stopped .reply__state")).to_have_text("Stopped by stop-ben")
    kept = await text_of(ana)
    await ana.click(".reply__retry")
    await expect(ben.locator(".reply--streaming")).to_have_count(1)
    await ana.click(".reply__stop")
    await expect(ben.locator(".reply--stopped .reply__state")).to_have_text("Stopped by stop-ana")
    await expect(ana.locator(".reply--stopped")).to_have_count(1)

    assert len(kept) >= 50
    assert await html_of(ana) == await html_of(ben)


async def test_a_direct_room_with_an_assistant_needs_no_name(visitors: Visitors) -> None:
    page = await visitors.sign_up("alone")
    await page.click(".room-link--assistant")
    await expect(page.locator("#text")).to_have_attribute("placeholder", "Ask demo")
    await page.wait_for_selector(".connection--live")

    await say(page, "What are you?")

    await expect(page.locator(".reply--complete")).to_have_count(1, timeout=60_000)
    assert len(await text_of(page)) > 20


async def test_the_code_of_a_reply_can_be_copied(visitors: Visitors, shared_site: Site) -> None:
    page = await visitors.sign_up("copy", room_with_demo(shared_site, "copy"))

    await say(page, "```python\nprint('one')\n```")

    await page.click("code-copy [data-do=copy]")
    await expect(page.locator("code-copy [role=status]")).to_contain_text("Copied")


GROWN = "length => (document.querySelector('.reply reply-body')?.innerText.length ?? 0) >= length"


def room_with_demo(site: Site, slug: str) -> str:
    site.manage("addroom", slug, "--assistant", "demo")
    return slug


async def text_of(page: Page) -> str:
    return await page.inner_text(".reply reply-body")


async def html_of(page: Page) -> str:
    """The reply's words as they stand; blocks know their number only while they grow."""
    return await page.evaluate(
        """() => {
            const body = document.querySelector(".reply reply-body").cloneNode(true)
            body.querySelectorAll("code-copy").forEach(button => button.remove())
            return body.innerHTML
        }"""
    )
