"""What one sees of assistants that are limited, or that one does not want to see."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.e2e.conftest import Visitors, say
from tests.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_whoever_hides_assistants_sees_nothing_of_them_and_is_not_told_of_it_for_ever(
    visitors: Visitors, shared_site: Site
) -> None:
    shared_site.order("addroom", "without", "--assistant", "demo")
    alone, asker = await visitors.sign_up("alone", "without"), await visitors.sign_up("company", "without")
    await say(alone, "I am here")
    await expect(alone.locator("message-list .message", has_text="I am here")).to_be_visible()
    await alone.goto("/account/")
    await alone.check("#id_hides_assistants")
    await alone.click("button:has-text('Save')")
    await alone.goto("/rooms/without/")
    await alone.wait_for_selector(".connection--live")

    await say(asker, "@demo hello")
    await expect(asker.locator(".reply--complete")).to_be_visible()
    await say(asker, "that was the assistant")

    await expect(alone.locator("message-list .message", has_text="that was the assistant")).to_be_visible()
    await expect(alone.locator(".message.reply")).to_have_css("visibility", "hidden")
    await expect(alone.locator("message-list").get_by_role("article")).to_have_count(3)
    await alone.locator("message-list .message", has_text="that was").focus()
    await alone.keyboard.press("ArrowUp")
    await expect(alone.locator("message-list .message:focus")).to_contain_text("@demo hello")


async def test_the_last_word_of_a_hidden_assistant_does_not_stay_unread(visitors: Visitors, shared_site: Site) -> None:
    shared_site.order("addroom", "lastword", "--assistant", "demo")
    reader, asker = await visitors.sign_up("lastreader", "lastword"), await visitors.sign_up("lastasker", "lastword")
    await say(reader, "I am here")
    await expect(reader.locator("message-list .message", has_text="I am here")).to_be_visible()
    await reader.goto("/account/")
    await reader.check("#id_hides_assistants")
    await reader.click("button:has-text('Save')")
    await reader.goto("/rooms/lastword/")
    await reader.wait_for_selector(".connection--live")

    await say(asker, "@demo hello")
    await expect(asker.locator(".reply--complete")).to_be_visible()

    await expect(reader.locator("room-link[data-room=lastword][data-read='3']")).to_have_count(1)


async def test_a_limit_is_said_in_the_room_to_everybody_and_on_one_s_own_page(
    visitors: Visitors, shared_site: Site
) -> None:
    shared_site.order("addroom", "limited", "--assistant", "demo")
    spender, other = await visitors.sign_up("spender", "limited"), await visitors.sign_up("thrifty", "limited")
    shared_site.order("limit", "person", "spender", "--requests-per-minute", "1")
    await say(spender, "@demo hello")
    await expect(spender.locator(".reply--complete")).to_have_count(1)
    await expect(other.locator(".reply--complete")).to_have_count(1)

    await say(spender, "@demo once more")

    for page in (spender, other):
        problem = page.locator(".reply--failed .reply__problem")
        await expect(problem).to_contain_text("The limit of spender is used up. Try again in ")
    await spender.goto("/account/usage/")
    await expect(spender.locator(".limits__one")).to_contain_text("1 of 1 requests in the last minute")
    await expect(spender.locator(".plot rect")).to_have_count(1)
