"""What axe-core finds where something is asked, in a page of its own and over the room, and beside an answer."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.e2e.axe import FOR_AXE, findings, findings_on
from tests.e2e.conftest import Visitors, say
from tests.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

PHONE = {"width": 390, "height": 844}


async def test_axe_finds_nothing_in_the_pages_of_a_message_and_of_an_answer(
    visitors: Visitors, shared_site: Site
) -> None:
    ana = await _asker(visitors, shared_site, "axe-asker")
    asked, answer = [
        (await message.get_attribute("id") or "").removeprefix("message-")
        for message in await ana.locator("message-list .message").all()
    ]

    found = await findings(ana)
    found += await findings_on(
        ana, [f"/messages/{asked}/{page}" for page in ("", "react/", "edit", "delete", "again/")]
    )
    found += await findings_on(ana, [f"/messages/{answer}/{page}" for page in ("", "ask/", "feedback/")])

    assert found == []


async def test_axe_finds_nothing_in_what_opens_over_a_room(visitors: Visitors, shared_site: Site) -> None:
    ana = await _asker(visitors, shared_site, "axe-opener", viewport=PHONE)

    await ana.fill("#text", "@demo")  # all of it: others here are called something that begins so
    await expect(ana.locator("[role=option]")).to_have_count(1)
    found = await findings(ana)
    await ana.fill("#text", "")

    await ana.locator("message-list .reply [href*=feedback]").first.click()
    await expect(ana.locator("pop-sheet dialog")).to_be_visible()
    found += await findings(ana)
    await ana.keyboard.press("Escape")

    await ana.click(".composer__help")
    await expect(ana.locator("#writing .prose").first).to_be_visible()
    found += await findings(ana)
    await ana.keyboard.press("Escape")

    own = ana.locator("message-list .message:not(.reply)").first
    await own.hover()
    await own.locator("[title=React]").click()
    await expect(ana.locator("pop-sheet dialog")).to_be_visible()
    found += await findings(ana)
    await ana.click("dialog [aria-label='thumbs up']")
    await expect(own.locator(".reaction")).to_be_visible()
    found += await findings(ana)

    await own.hover()
    await own.locator("[data-action=delete]").click()
    await expect(ana.locator("#delete-question")).to_be_visible()
    found += await findings(ana)
    await ana.keyboard.press("Escape")

    await ana.click(".header__menu")
    await expect(ana.locator("#rooms:popover-open")).to_be_visible()
    found += await findings(ana)

    assert found == []


async def _asker(visitors: Visitors, site: Site, name: str, **options: dict[str, int]) -> Page:
    """Somebody who asked, and was answered, in a room of their own."""
    site.order("addroom", name, "--assistant", "demo")
    ana = await visitors.sign_up(name, name, **options, **FOR_AXE)
    await say(ana, "@demo count to five")
    await expect(ana.locator(".reply--complete")).to_have_count(1)
    await expect(ana.locator("message-outbox .message")).to_have_count(0)
    return ana
