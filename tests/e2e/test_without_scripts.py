from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import Visitors
from tests.factories import PASSWORD
from tests.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_everything_needed_works_without_scripts(visitors: Visitors) -> None:
    page = await visitors.sign_up("plain", java_script_enabled=False)
    await page.goto("/accounts/logout/")
    await page.click("button:has-text('Sign out')")
    await page.goto("/accounts/login/")
    await page.fill("#id_login", "plain")
    await page.fill("#id_password", PASSWORD)
    await page.click("button:has-text('Sign in')")
    await expect(page).to_have_title("General · Chat")

    await page.goto("/rooms/")
    await page.click("summary:has-text('New room')")
    await page.fill("#id_name", "By hand")
    await page.click("button:has-text('Make the room')")
    for number in range(1, 53):
        await _post(page, f"line {number}")
    await expect(page.locator(".message")).to_have_count(50)
    await expect(page.locator(".message").last).to_be_in_viewport()

    await page.locator(".message", has_text="line 52").hover()
    await page.locator(".message", has_text="line 52").locator("[data-action=edit]").click()
    await page.fill("textarea", "line 52, corrected")
    await page.click("button:has-text('Save')")
    await expect(page.locator(".message .prose").last).to_have_text("line 52, corrected")

    await page.locator(".message", has_text="line 51").hover()
    await page.locator(".message", has_text="line 51").locator("[data-action=delete]").click()
    await page.click("button:has-text('Delete')")
    await expect(page.locator(".message--gone")).to_have_count(1)

    await page.goto("/rooms/by-hand/")
    await page.click("text=Earlier messages")
    await expect(page.locator(".message .prose").first).to_have_text("line 1")


async def test_a_reply_is_stopped_and_asked_for_again_without_scripts(visitors: Visitors) -> None:
    page = await visitors.sign_up("patient-reader", java_script_enabled=False)
    await page.click(".room-link--assistant")
    await _post(page, "tell me something long")
    await page.click("p.log__later a")
    await _reload_until(page, ".reply--streaming .reply__stop")

    await page.click(".reply__stop")
    await _reload_until(page, ".reply--stopped")
    await page.click(".reply__retry")
    await _reload_until(page, ".reply--streaming")
    await page.click(".reply__stop")
    await _reload_until(page, ".reply--stopped")


async def test_a_second_press_on_a_slow_site_says_it_once_without_scripts(
    visitors: Visitors, shared_site: Site
) -> None:
    page = await visitors.sign_up("presses-send-twice", java_script_enabled=False)
    await page.click(".room-link--assistant")
    await page.fill("textarea", "count to three")
    place = await page.locator(".composer__send").bounding_box()
    assert place is not None
    with closing(sqlite3.connect(shared_site.directory / "db.sqlite3", isolation_level=None)) as slow:
        slow.execute("BEGIN IMMEDIATE")
        for _ in range(2):
            await page.mouse.click(place["x"] + 9, place["y"] + 9)  # which waits for no page
            await asyncio.sleep(0.5)
        slow.execute("ROLLBACK")

    await expect(page.locator(".reply")).to_have_count(1)
    await asyncio.sleep(0.5)  # whatever was sent first is stored, too
    await page.reload()
    await expect(page.locator(".reply")).to_have_count(1)


async def test_answers_thumbs_settings_and_other_rooms_without_scripts(visitors: Visitors, shared_site: Site) -> None:
    shared_site.order("addroom", "unscripted", "--assistant", "demo")
    page = await visitors.sign_up("by-links", "unscripted", java_script_enabled=False)
    await _post(page, "@demo count to three")
    await _reload_until(page, ".reply--complete")

    own = page.locator(".message", has_text="count to three").first
    await own.hover()
    await own.locator("[data-action=reply]").click()
    await _post(page, "an answer")
    await expect(page.locator(".message__quote")).to_contain_text("count to three")

    reply = page.locator(".reply--complete")
    await reply.locator("[href*=feedback]").first.click()
    await page.check("input[name=rating][value='1']", force=True)
    await page.fill("#feedback-words", "It counts.")
    await page.click("#feedback button:has-text('Send')")
    await page.goto("/rooms/unscripted/")
    await reply.locator("[href*=feedback]").first.click()
    await expect(page.locator("#feedback-words")).to_have_value("It counts.")

    await page.goto("/rooms/unscripted/")
    await page.click("room-link[data-room=general] a")
    await expect(page).to_have_title("General · Chat")
    await page.goto("/rooms/?new=1")
    await expect(page.locator("#id_name")).to_be_focused()
    await page.fill("#id_name", "Unscripted house")
    await page.click("button:has-text('Make the room')")
    await page.click("a[title='Room settings']")
    await page.fill("#id_topic", "by hand")
    await page.click("#do-change")
    await page.click("a:has-text('Back')")
    await expect(page.locator(".header__topic")).to_have_text("by hand")


async def _post(page: Page, text: str) -> None:
    await page.fill("#text", text)
    await page.click(".composer__send")


async def _reload_until(page: Page, selector: str) -> None:
    for _ in range(200):
        if await page.locator(selector).count():
            return
        await page.wait_for_timeout(200)
        await page.reload()
    raise AssertionError(f"no {selector}")
