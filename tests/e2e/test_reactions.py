"""Reacting in the browser, seen by the other; by the keyboard; without a socket; without scripts."""

from __future__ import annotations

import pytest
from playwright.async_api import Locator, Page, expect

from tests.e2e.conftest import Visitors, say, send_form, settled
from tests.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")


def chip(page: Page) -> Locator:
    return page.locator(".message .reaction")


async def talk(visitors: Visitors, site: Site, slug: str) -> tuple[Page, Page]:
    """Ana has said something, and Ben sees it."""
    site.order("addroom", slug)
    ana, ben = await visitors.sign_up(f"{slug}-ana", slug), await visitors.sign_up(f"{slug}-ben", slug)
    await say(ana, "The beans are up")
    for page in (ana, ben):
        await expect(page.locator("message-list .prose")).to_have_text("The beans are up")
    return ana, ben


async def react(page: Page, at: int = 0) -> None:
    """Without the page's doing anything, so that nothing of it is in the way."""
    message = await page.locator("message-list .message").nth(at).get_attribute("id")
    assert message is not None
    await send_form(page, f"/messages/{message.removeprefix('message-')}/react/", emoji="🎉")


async def color_of(reaction: Locator) -> str:
    return str(await reaction.evaluate("reaction => getComputedStyle(reaction).color"))


async def test_a_reaction_is_seen_by_both_and_is_marked_as_ones_own(visitors: Visitors, shared_site: Site) -> None:
    ana, ben = await talk(visitors, shared_site, "reacting")
    await ben.hover(".message")
    await ben.click(".message [title=React]")
    await ben.click("dialog [aria-label=party]")
    await expect(ben.locator("dialog.sheet")).to_have_count(0)
    for page in (ana, ben):
        await expect(chip(page)).to_contain_text("🎉 1")
    await expect(chip(ana)).to_have_attribute("title", "reacting-ben")
    await expect(chip(ben)).to_have_accessible_name("🎉 1 yours too")
    await expect(chip(ana)).to_have_accessible_name("🎉 1")
    assert await color_of(chip(ana)) != await color_of(chip(ben))

    await chip(ana).click()
    for page in (ana, ben):
        await expect(chip(page)).to_contain_text("🎉 2")
    await ana.reload()
    await expect(chip(ana)).to_have_accessible_name("🎉 2 yours too")
    await chip(ben).focus()
    await ben.keyboard.press("Enter")
    await expect(chip(ben)).to_have_accessible_name("🎉 1")
    await expect(chip(ben)).to_be_focused()
    await ben.keyboard.press("Enter")
    await expect(chip(ana)).to_contain_text("🎉 2")


async def test_a_message_is_deleted_though_somebody_reacted_while_one_was_asked(
    visitors: Visitors, shared_site: Site
) -> None:
    ana, ben = await talk(visitors, shared_site, "asked-meanwhile")
    await ana.hover(".message")
    await ana.click(".message [data-action=delete]")
    await expect(ana.locator("#delete-question")).to_be_visible()
    await react(ben)
    await expect(chip(ana)).to_have_count(1)
    await ana.keyboard.press("Escape")
    await expect(ana.locator(".message")).to_be_focused()
    await ana.click(".message [data-action=delete]")
    await react(ben)
    await expect(chip(ana)).to_have_count(0)

    await ana.click("#delete-question button[value=delete]")

    for page in (ana, ben):
        await expect(page.locator(".message--gone")).to_have_count(1)


async def test_what_is_selected_and_scrolled_stays_so_when_somebody_reacts(
    visitors: Visitors, shared_site: Site
) -> None:
    ana, ben = await talk(visitors, shared_site, "reads-on")
    await say(ana, f"to be *marked*\n\n```python\n{'1 + ' * 200}\n```")
    for page in (ana, ben):
        await expect(page.locator("message-list .message")).to_have_count(2)
    code = ben.locator(".message pre")
    await code.evaluate("code => { code.scrollLeft = 300 }")
    await ben.locator(".message em").evaluate("words => getSelection().selectAllChildren(words)")

    await react(ana, -1)
    await expect(chip(ben)).to_have_count(1)

    assert await ben.evaluate("getSelection().toString()") == "marked"
    assert await code.evaluate("code => code.scrollLeft") == 300
    await react(ana, -1)
    await expect(chip(ben)).to_have_count(0)
    assert await ben.evaluate("getSelection().toString()") == "marked"


async def test_any_other_emoji_can_be_typed_and_words_are_refused(visitors: Visitors, shared_site: Site) -> None:
    ana, ben = await talk(visitors, shared_site, "typing-emoji")
    await ana.hover(".message")
    await ana.click(".message [title=React]")
    for typed in ("no", "🫘"):
        await ana.fill("dialog #other-emoji", typed)
        await ana.press("dialog #other-emoji", "Enter")
        await expect(ana.locator("dialog #other-emoji:invalid")).to_have_count(int(typed == "no"))
    await expect(ana.locator("dialog.sheet")).to_have_count(0)

    await expect(chip(ben)).to_contain_text("🫘 1")
    await expect(chip(ben)).to_have_count(1)


async def test_without_a_socket_a_request_says_it(visitors: Visitors, shared_site: Site) -> None:
    ana, ben = await talk(visitors, shared_site, "socketless")
    await ana.hover(".message")
    await ana.click(".message [title=React]")
    await ana.click("dialog [aria-label=heart]")
    await expect(chip(ben)).to_contain_text("❤️ 1")
    await settled(ben)
    await ben.evaluate("document.addEventListener('live:send', event => event.stopImmediatePropagation(), true)")

    await chip(ben).click()

    for page in (ana, ben):
        await expect(chip(page)).to_contain_text("❤️ 2")


async def test_without_scripts_it_is_links_and_forms(visitors: Visitors, shared_site: Site) -> None:
    page = await visitors.sign_up("plain-reactor", java_script_enabled=False)
    await page.fill("#text", "by hand")
    await page.click(".composer__send")
    message = page.locator(".message", has_text="by hand")
    await message.hover()
    await message.locator("[title=React]").click()
    await page.click("[aria-label='thumbs up']")
    await expect(message.locator(".reaction")).to_contain_text("👍 1")

    await message.locator(".reaction").click()
    await expect(message.locator(".reaction")).to_have_count(0)
