"""A message that is being edited stays so, whatever comes or goes."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.e2e.conftest import Visitors, make_room, open_around, say_lines, settled, words

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_message_that_is_being_edited_never_leaves_the_page(visitors: Visitors) -> None:
    ana = await visitors.sign_up("edit-mass")
    await make_room(ana, "Edit mass")
    await say_lines(ana, 3)
    await ana.locator("message-list .message").first.hover()
    await ana.locator("message-list .message [data-action=edit]").first.click()
    await ana.fill("message-edit textarea", "half a though")

    await say_lines(ana, 300)

    assert await ana.input_value("message-edit textarea") == "half a though"
    assert await ana.locator("message-list .message").count() == 303


async def test_an_editor_stays_open_when_the_page_is_told_too_much_to_be_told_one_by_one(visitors: Visitors) -> None:
    ana = await visitors.sign_up("edit-fresh")
    await make_room(ana, "Edit fresh")
    await say_lines(ana, 2)
    await ana.press("#text", "ArrowUp")
    await ana.fill("message-edit textarea", "half a though")

    await ana.evaluate("document.querySelector('chat-live').reload()")

    await expect(ana.locator("message-edit textarea")).to_be_focused()
    await ana.keyboard.type("t")
    await ana.keyboard.press("Enter")
    await expect(ana.locator("message-edit")).to_have_count(0)
    assert await words(ana) == ["line 1", "half a thought"]


async def test_a_half_done_edit_comes_back_when_its_message_does(visitors: Visitors) -> None:
    ana = await visitors.sign_up("edit-left")
    slug = await make_room(ana, "Edit left")
    await say_lines(ana, 120)
    editor = ana.locator("message-edit textarea")
    first = ana.locator("message-list .message[data-sequence='1']")
    await open_around(ana, slug, 1)
    await first.hover()
    await first.locator("[data-action=edit]").click()
    await ana.fill("message-edit textarea", "half a though")

    await ana.click("new-pill button")
    await expect(ana.locator("message-list .prose", has_text="line 120")).to_be_in_viewport()
    await expect(editor).to_have_count(0)
    await open_around(ana, slug, 1)
    await first.hover()
    await first.locator("[data-action=edit]").click()
    await expect(editor).to_have_value("half a though")
    await editor.press("Escape")
    await expect(editor).to_have_count(0)
    await first.locator("[data-action=edit]").click()

    await expect(editor).to_have_value("line 1")


async def test_an_editor_at_the_end_is_seen_whole_by_whoever_came_back_to_the_end(visitors: Visitors) -> None:
    ana = await visitors.sign_up("rewriter")
    await make_room(ana, "Corrections")
    await say_lines(ana, 30)
    await ana.mouse.move(640, 400)
    await ana.mouse.wheel(0, -300)
    await ana.wait_for_function("() => document.querySelector('.log').scrollTop < -200")
    await ana.mouse.wheel(0, 900)
    await ana.wait_for_function("() => document.querySelector('.log').scrollTop > -1")
    await settled(ana)

    await ana.press("#text", "ArrowUp")

    await expect(ana.locator("message-edit button").last).to_be_in_viewport(ratio=1)
    await expect(ana.locator("message-edit textarea")).to_be_focused()
