"""What was said is found, and one stands in front of it."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import Visitors, make_room, say, say_lines

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def far_from_its_end(page: Page, name: str, text: str) -> str:
    """A room in which this was said long ago."""
    room = await make_room(page, name)
    await say(page, text)
    await say_lines(page, 60)
    return room


async def test_it_is_found_while_one_types_and_opened_where_it_was_said(visitors: Visitors) -> None:
    ana = await visitors.sign_up("word-seeker")
    room = await far_from_its_end(ana, "Lost things", "The **umbrella** stands behind the door.")

    await ana.click(".rooms__top a[title='Search messages']")
    await expect(ana.locator("#filter")).to_be_focused()
    await ana.keyboard.type("umbr")

    row = ana.locator("#listed li")
    await expect(row.locator(".found__passage")).to_have_text("The umbrella stands behind the door.")
    await expect(row.locator("mark")).to_have_text("umbrella")
    await expect(row.locator(".found__head")).to_contain_text("in Lost things")
    await row.click(position={"x": 200, "y": 10})  # anywhere on it
    await ana.wait_for_url(f"**/rooms/{room}/?around=1*")
    said = ana.locator("message-list .message").filter(has_text="umbrella")
    await expect(said).to_be_in_viewport()
    await expect(said).to_be_focused()

    await ana.go_back()
    await expect(ana.locator("#filter")).to_have_value("umbr")
    await expect(ana.locator("#listed mark")).to_have_text("umbrella")


async def test_from_a_room_one_looks_in_that_room_by_keyboard(visitors: Visitors) -> None:
    ana = await visitors.sign_up("room-seeker")
    for name in ("Attic", "Cellar"):
        await make_room(ana, name)
        await say(ana, f"A lantern in the {name}")

    await ana.focus(".header a[title='Search in this room']")
    await ana.keyboard.press("Enter")
    await expect(ana.locator("#filter")).to_be_focused()
    await ana.keyboard.press("End")
    await ana.keyboard.type("lantern")
    await expect(ana.locator("#listed .found__passage")).to_have_text(["A lantern in the Cellar"])
    await ana.keyboard.press("Tab")  # past the sign that empties the field, where there is one
    if not await ana.evaluate("document.activeElement.closest('#listed') !== null"):
        await ana.keyboard.press("Tab")
    await ana.keyboard.press("Enter")

    await expect(ana.locator("#room-heading h1")).to_contain_text("Cellar")
    await expect(ana.locator("message-list .message")).to_be_focused()


async def test_without_scripts_it_is_found_page_by_page(visitors: Visitors) -> None:
    ana = await visitors.sign_up("plain-seeker")
    await make_room(ana, "Shelf")
    for number in range(32):
        await say(ana, f"jar {number + 1}")
    plain = await ana.context.browser.new_context(  # type: ignore[union-attr]
        storage_state=await ana.context.storage_state(), java_script_enabled=False, base_url=ana.url
    )
    page = await plain.new_page()

    await page.goto("/search/")
    await page.fill("#filter", '"jar" from:plain-seeker')
    await page.click("button:has-text('Find')")
    await expect(page.locator("#listed .found__passage")).to_have_count(30)
    await page.click("text=Older")
    await expect(page.locator("#listed .found__passage")).to_have_text(["jar 2", "jar 1"])
    await page.click(".found__passage a >> nth=0")

    await expect(page.locator("message-list .message").filter(has_text="jar 2").first).to_be_in_viewport()
    await plain.close()
