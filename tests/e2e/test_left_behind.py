"""What was asked for, and is answered too late: its reader is in another room, or something newer has come."""

from __future__ import annotations

import asyncio
import re

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import Visitors, make_room, say, say_lines, settled
from tests.e2e.test_fetched_late import answer_held

pytestmark = pytest.mark.asyncio(loop_scope="session")

DELETION = re.compile(r"/messages/\d+/delete$")
REACT = re.compile(r"/messages/\d+/react/$")
LIST = re.compile(r"/sidebar/\?")
HAS_COME = "document.addEventListener('htmx:afterSettle', () => { window.hasCome = true })"


async def go(page: Page, slug: str) -> None:
    await page.click(f"room-link[data-room={slug}] a")
    await page.wait_for_selector(f"chat-live[data-room={slug}] .connection--live")


async def test_a_deletion_leaves_no_line_in_the_room_that_came(visitors: Visitors) -> None:
    ana = await visitors.sign_up("takes-it-back")
    there = await make_room(ana, "Gone to")
    await say(ana, "here before")
    await make_room(ana, "Gone from")
    await say_lines(ana, 5)
    last = ana.locator("message-list .message").last
    await last.hover()
    await last.locator("[data-action=delete]").click()

    async with answer_held(ana, DELETION) as is_given:
        await ana.click("#delete-question button[value=delete]")
        async with asyncio.timeout(30):
            await is_given.wait()
        await go(ana, there)
    await settled(ana)

    await expect(ana.locator(".message--gone")).to_have_count(0)
    ben = await visitors.sign_up("speaks-where-she-went", there)
    await say(ben, "last of all")
    await expect(ana.locator("message-list .prose", has_text="last of all")).to_have_count(1)
    await expect(ana.locator("message-list > .message").last).to_contain_text("last of all")


async def test_a_question_does_not_open_over_the_room_that_came(visitors: Visitors) -> None:
    ana = await visitors.sign_up("reacts-and-goes")
    there = await make_room(ana, "Typed in")
    await make_room(ana, "Reacted in")
    await say(ana, "is this good?")
    await ana.hover("message-list .message")
    await ana.evaluate(HAS_COME)

    async with answer_held(ana, REACT) as is_given:
        await ana.click("message-list .message [title=React]")
        async with asyncio.timeout(30):
            await is_given.wait()
        await go(ana, there)
        await ana.keyboard.type("yes")
    await ana.wait_for_function("() => window.hasCome")
    await ana.keyboard.type(" and no")

    await expect(ana.locator("dialog[open]")).to_have_count(0)
    await expect(ana.locator("#text")).to_be_focused()
    await expect(ana.locator("#text")).to_have_value("yes and no")


async def test_a_question_goes_with_the_room_it_was_asked_in(visitors: Visitors) -> None:
    ana = await visitors.sign_up("asked-and-goes")
    there = await make_room(ana, "Back to")
    here = await make_room(ana, "Back from")
    await say(ana, "is this good?")
    await go(ana, there)
    await go(ana, here)
    await ana.hover("message-list .message")
    await ana.click("message-list .message [title=React]")
    await expect(ana.locator("pop-sheet dialog[open]")).to_be_visible()

    await ana.go_back()
    await ana.wait_for_selector(f"chat-live[data-room={there}] .connection--live")

    await expect(ana.locator("dialog[open]")).to_have_count(0)
    await expect(ana.locator("#text")).to_be_focused()


async def test_an_older_list_of_rooms_does_not_take_the_place_of_a_newer(visitors: Visitors) -> None:
    ana = await visitors.sign_up("brought-in")
    ben = await visitors.sign_up("brings-in")
    slug = await make_room(ben, "Brought into")
    row = ana.locator(f"room-link[data-room={slug}]")

    async with answer_held(ana, LIST) as is_given:
        await ana.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        async with asyncio.timeout(30):
            await is_given.wait()
        await say(ben, "/invite @brought-in")
        await expect(row).to_have_count(1)
    await ana.wait_for_timeout(500)  # as long as it may take to be drawn

    assert await row.count() == 1


async def test_a_list_that_a_page_comes_before_is_asked_for_again(visitors: Visitors) -> None:
    ana = await visitors.sign_up("lists-and-goes")
    there = await make_room(ana, "Listed")
    await make_room(ana, "Listed from")

    async with answer_held(ana, LIST) as is_given:
        await ana.evaluate("document.querySelector('room-list').askSoon()")
        async with asyncio.timeout(30):
            await is_given.wait()
        async with ana.expect_request(lambda request: f"sidebar/?room={there}" in request.url):
            await go(ana, there)
