"""Chats with assistants: one press, a name by itself, a list that follows, an end."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import Visitors, make_room, words

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def new_chat(page: Page, text: str) -> str:
    """By the button of the sidebar; its address."""
    before = page.url
    await page.click(".rooms__new button")
    await expect(page).not_to_have_url(before)
    await expect(page.locator("#room-heading h1")).to_have_text("New chat")
    await page.wait_for_selector(".connection--live")
    await page.fill("#text", text)
    await page.click(".composer__send")
    await expect(page.locator("message-list .reply--complete")).to_have_count(1)
    return page.url


async def test_one_press_opens_a_chat_and_its_first_words_name_it_in_every_tab(visitors: Visitors) -> None:
    here = await visitors.sign_up("chatter")
    there = await here.context.new_page()
    await visitors.enter(there, "general")
    await there.evaluate("window.isTheSamePage = true")

    await new_chat(here, "What grows in shade? It is dry there.")

    await expect(here.locator("#room-heading h1")).to_have_text("What grows in shade?")
    await expect(here).to_have_title("What grows in shade? · Chat")
    for tab in (here, there):
        await expect(tab.locator("[data-recent] .room-link__name")).to_have_text(["What grows in shade?"])
    assert await there.evaluate("window.isTheSamePage") is True


async def test_a_chat_is_found_renamed_and_deleted_and_other_tabs_see_it(visitors: Visitors) -> None:
    here = await visitors.sign_up("tidier")
    await new_chat(here, "count to three")
    address = await new_chat(here, "say something about beans")
    there = await here.context.new_page()
    await visitors.enter(there, "general")
    watching = await here.context.new_page()
    await watching.goto(address)
    await watching.wait_for_selector(".connection--live")

    await here.click("#chats-heading a")
    await here.fill("#filter", "beans")
    await expect(here.locator("#listed .directory__name")).to_have_text(["say something about beans"])
    await here.click("#listed a[title=Rename]")
    await here.fill("#id_name", "Beans")
    await here.click("button:has-text('Rename')")
    await expect(there.locator("[data-recent] .room-link__name")).to_have_text(["Beans", "count to three"])
    await expect(watching.locator("#room-heading h1")).to_have_text("Beans")
    await here.click("#listed li:has-text('Beans') a[title=Delete]")
    await here.click("button:has-text('Delete')")

    await expect(here.locator(".notice")).to_have_text("The chat is deleted.")
    await expect(here.locator("#listed .directory__name")).to_have_text(["count to three"])
    await expect(there.locator("[data-recent] .room-link__name")).to_have_text(["count to three"])
    await watching.wait_for_url("**/rooms/?gone=*")
    gone = await here.request.get(address)
    assert gone.status == 404


async def test_all_of_it_works_without_scripts(visitors: Visitors) -> None:
    ana = await visitors.sign_up("plain-chatter", java_script_enabled=False)

    await ana.click("text=New chat")
    await ana.fill("#text", "Why is the sky blue?")
    await ana.click(".composer__send")
    await expect(ana.locator("#room-heading h1")).to_have_text("Why is the sky blue?")
    assert (await words(ana))[0] == "Why is the sky blue?"
    await ana.click("#chats-heading a")
    await ana.fill("#filter", "sky")
    await ana.click("button:has-text('Find')")
    await ana.click("#listed a[title=Delete]")
    await ana.click("button:has-text('Delete')")

    await expect(ana.locator("#listed .letter__title")).to_have_text("No chats yet")


async def test_the_keyboard_reaches_all_of_it(visitors: Visitors) -> None:
    ana = await visitors.sign_up("chat-keys")
    await ana.focus(".rooms__new button")

    await ana.keyboard.press("Enter")
    await expect(ana.locator("#text")).to_be_focused()
    await ana.keyboard.type("hello there")
    await ana.keyboard.press("Enter")
    await expect(ana.locator("#room-heading h1")).to_have_text("hello there")
    row = ana.locator("[data-recent] a")
    await row.focus()
    await ana.keyboard.press("ArrowDown")

    await expect(ana.locator("room-link[data-room=general] a")).to_be_focused()


async def test_asking_by_a_command_is_completed_by_the_keyboard_alone(visitors: Visitors) -> None:
    ana = await visitors.sign_up("ask-commander")
    await make_room(ana, "Commands")
    options = ana.locator(".completion__option")

    await ana.keyboard.type("/as")
    await expect(options.locator("mark")).to_have_text(["/as"])
    await ana.keyboard.press("Tab")
    await expect(options.locator("bdi")).to_contain_text(["demo"])
    await ana.keyboard.type("de")
    await expect(options.locator("mark")).to_have_text(["de"])
    await ana.keyboard.press("Enter")
    await expect(ana.locator("#text")).to_have_value("/ask demo ")
    await ana.keyboard.type("count to")
    await ana.keyboard.press("Shift+Enter")
    await ana.keyboard.type("three")
    await ana.keyboard.press("Enter")

    await expect(ana.locator("#text")).to_have_value("")
    await expect(ana.locator("message-list .message").first.locator(".prose")).to_have_text(
        "count to\nthree", use_inner_text=True
    )
    await expect(ana.locator("message-list .reply--complete")).to_have_count(1)


async def test_help_shows_the_commands_where_one_writes(visitors: Visitors) -> None:
    ana = await visitors.sign_up("helpless")

    await ana.keyboard.type("/help")
    await expect(ana.locator(".completion__option")).to_have_count(1)
    await ana.keyboard.press("Enter")

    await expect(ana.locator("#writing #commands")).to_be_in_viewport()
    await expect(ana.locator("#writing")).to_contain_text("/ask name")
    await ana.keyboard.press("Escape")
    await expect(ana.locator("#text")).to_have_value("")


async def test_on_a_phone_the_drawer_leads_to_a_new_chat_and_back(visitors: Visitors) -> None:
    ana = await visitors.sign_up("pocket-chat", viewport={"width": 390, "height": 844}, has_touch=True)

    await ana.click(".header__menu")
    await new_chat(ana, "hello from a pocket")
    await expect(ana.locator("#rooms")).to_be_hidden()
    await ana.click(".header__menu")

    await expect(ana.locator("[data-recent] .room-link__name")).to_have_text(["hello from a pocket"])
