"""What one had begun to write is there again: whose, where, and until when."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.e2e.conftest import Visitors, becomes, make_room, say

pytestmark = pytest.mark.asyncio(loop_scope="session")

_KEPT = (
    "Object.keys(localStorage).filter(key => key.startsWith('draft/')).map(key => JSON.parse(localStorage[key]).text)"
)


async def test_a_draft_and_the_message_it_answers_survive_a_reload_and_end_with_sending(visitors: Visitors) -> None:
    ana = await visitors.sign_up("drafter")
    slug = await make_room(ana, "Drafts")
    await say(ana, "who waters?")
    await expect(ana.locator("message-list .message")).to_have_count(1)
    await ana.hover("message-list .message")
    await ana.click("[data-action=reply]")
    await ana.keyboard.type("half a thou")

    await visitors.enter(ana, "general")
    await expect(ana.locator("#text")).to_have_value("")
    await visitors.enter(ana, slug)
    await expect(ana.locator("#text")).to_have_value("half a thou")
    await expect(ana.locator(".composer__context")).to_have_text("drafter who waters?")
    await ana.keyboard.type("ght")
    await ana.keyboard.press("Enter")

    await expect(ana.locator(".message__quote")).to_have_text("drafter who waters?")
    await ana.reload()
    await expect(ana.locator("#text")).to_have_value("")
    await expect(ana.locator(".composer__context")).to_be_hidden()


async def test_drafts_are_kept_for_each_person_of_a_browser_by_themselves(visitors: Visitors) -> None:
    ana = await visitors.sign_up("first-here")
    await ana.fill("#text", "mine alone")
    await ana.goto("/accounts/logout/")
    await ana.click("button:has-text('Sign out')")
    await ana.goto("/accounts/signup/")
    await ana.fill("#id_username", "second-here")
    await ana.fill("#id_password1", "correct-horse-1")
    await ana.fill("#id_password2", "correct-horse-1")
    await ana.click("button:has-text('Sign up')")

    await ana.wait_for_selector(".connection--live")
    await expect(ana.locator("#text")).to_have_value("")


async def test_of_two_tabs_in_a_room_each_keeps_its_own_draft_when_the_other_sends(visitors: Visitors) -> None:
    ana = await visitors.sign_up("two-tabbed")
    slug = await make_room(ana, "Two tabs of drafts")
    other = await visitors.enter(await ana.context.new_page(), slug)
    same = await visitors.enter(await ana.context.new_page(), slug)
    await ana.fill("#text", "begun here")

    await other.fill("#text", "said there")
    await same.fill("#text", "said there")
    await other.press("#text", "Enter")
    await expect(ana.locator("message-list .prose")).to_have_text("said there")

    await expect(same.locator("#text")).to_have_value("")
    await becomes(lambda: ana.evaluate(_KEPT), ["begun here"])
    await other.press("#text", "Escape")
    await same.press("#text", "Escape")
    await ana.reload()
    await expect(ana.locator("#text")).to_have_value("begun here")
