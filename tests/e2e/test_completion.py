"""What is offered while a name is typed, and what becomes of it."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Page, Route, expect

from tests.e2e.conftest import Visitors, make_room, say, settled

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_names_are_offered_and_taken_by_keyboard(visitors: Visitors) -> None:
    ana = await visitors.sign_up("namer")
    slug = await make_room(ana, "Names")
    await visitors.sign_up("zoe-near", slug)
    ben = await visitors.sign_up("zoe-next", slug)
    await say(ben, "I am here")
    await expect(ana.locator("message-list .message")).to_have_count(1)

    await ana.keyboard.type("look, @ZOE")
    await expect(ana.locator("mark")).to_have_text(["zoe", "zoe"])  # offered for all that was typed
    await expect(ana.locator(".completion__name")).to_have_text(["zoe-next", "zoe-near"])
    await expect(ana.locator(".completion__hint")).to_have_text(["here", "not in this room"])
    assert await active_name(ana) == "zoe-next"
    await ana.keyboard.press("ArrowDown")
    assert await active_name(ana) == "zoe-near"
    await ana.keyboard.press("ArrowDown")
    assert await active_name(ana) == "zoe-next"
    await ana.keyboard.press("Enter")

    await expect(ana.locator("#text")).to_have_value("look, @zoe-next ")
    await expect(ana.locator("#completion")).to_be_hidden()
    await ana.keyboard.press("Enter")
    await expect(ben.locator("message-list .mention")).to_have_text("@zoe-next")


async def test_escape_closes_the_list_for_this_word_and_tab_takes_for_the_next(visitors: Visitors) -> None:
    ana = await visitors.sign_up("escaper")
    await make_room(ana, "Escapes")

    await ana.keyboard.type("@de")
    await expect(ana.locator("[role=option]").first).to_be_visible()
    await ana.keyboard.press("Escape")
    await ana.keyboard.type("m")
    await expect(ana.locator("#completion")).to_be_hidden()
    assert await ana.locator("#text").get_attribute("aria-activedescendant") is None
    await ana.keyboard.type(" @dem")
    await expect(ana.locator("[role=option] mark")).to_have_text(["dem"])
    await expect(ana.locator(".completion__hint")).to_have_text("assistant, not in this room")
    await ana.keyboard.press("Tab")

    await expect(ana.locator("#text")).to_have_value("@dem @demo ")
    await expect(ana.locator("#text")).to_be_focused()


async def test_without_a_connection_nothing_is_offered_and_tab_is_only_tab(visitors: Visitors) -> None:
    ana = await visitors.sign_up("tabs-on")
    await make_room(ana, "Tabs on")
    await ana.keyboard.type("@de")
    await expect(ana.locator("[role=option]").first).to_be_visible()

    await ana.route("**/completion?*", lambda route: route.abort())
    await ana.keyboard.type("m")
    await expect(ana.locator("#completion")).to_be_hidden()
    await ana.keyboard.press("Tab")

    await expect(ana.locator("#text")).not_to_be_focused()
    visitors.complaints.clear()  # the browser says which request failed


async def test_an_assistant_that_is_named_where_it_is_not_says_how_it_is_brought_in(visitors: Visitors) -> None:
    ana = await visitors.sign_up("silenced")
    await make_room(ana, "Silence")

    await say(ana, "@demo are you there?")
    await expect(ana.locator("typing-line")).to_contain_text("demo is not in this room.")
    await say(ana, "/ask demo are you there?")
    await expect(ana.locator("message-list .reply--complete")).to_have_count(1)


async def test_what_was_offered_for_less_is_not_taken_for_what_is_typed_now(visitors: Visitors) -> None:
    ana = await visitors.sign_up("hurried")
    await make_room(ana, "Hurry")
    await ana.keyboard.type("@")
    await expect(ana.locator("[role=option]").first).to_be_visible()
    may_come = asyncio.Event()

    async def hold(route: Route) -> None:
        await may_come.wait()
        await route.continue_()

    await ana.route("**/completion?q=%40de*", hold)

    await ana.keyboard.type("de")
    await ana.keyboard.press("Tab")
    await expect(ana.locator("#text")).to_have_value("@de")
    await ana.keyboard.press("Enter")

    await expect(ana.locator("message-list .prose")).to_have_text("@de")
    may_come.set()


async def test_a_name_typed_to_its_end_is_sent_by_one_enter(visitors: Visitors) -> None:
    ana = await visitors.sign_up("quick-namer")
    await make_room(ana, "Quick names")

    await ana.keyboard.type("hello @demo")
    await expect(ana.locator("[role=option] mark")).to_have_text(["demo"])
    await ana.keyboard.press("Enter")

    await expect(ana.locator("message-list .mention")).to_have_text("@demo")


async def test_names_are_found_behind_any_mark_and_in_scripts_whose_letters_are_put_together(
    visitors: Visitors,
) -> None:
    ana = await visitors.sign_up("polyglot")
    slug = await make_room(ana, "Scripts")
    ben = await visitors.sign_up("priya-of-scripts", slug)
    await ben.goto("/account/")
    await ben.fill("#id_display_name", "प्रिया")
    await ben.click("button:has-text('Save')")
    await expect(ben.locator(".notice")).to_have_text("Saved.")

    await ana.keyboard.insert_text("你好@प्रि")
    await expect(ana.locator(".completion__name")).to_have_text(["प्रिया"])
    await ana.keyboard.press("Tab")
    await expect(ana.locator("#text")).to_have_value("你好@priya-of-scripts ")
    await ana.keyboard.press("Enter")

    await expect(ana.locator("message-list .mention")).to_have_text("@priya-of-scripts")


async def test_nothing_is_offered_or_put_in_where_one_is_no_longer_typing_a_name(visitors: Visitors) -> None:
    ana = await visitors.sign_up("goes-home")
    await make_room(ana, "Home keys")
    await ana.keyboard.type("ask @dem")
    await expect(ana.locator("[role=option] mark")).to_have_text(["dem"])

    await ana.keyboard.press("Home")

    await expect(ana.locator("#completion")).to_be_hidden()
    await ana.keyboard.press("End")
    await ana.keyboard.type("o")
    await expect(ana.locator("[role=option] mark")).to_have_text(["demo"])
    await ana.keyboard.press("ArrowLeft")
    await expect(ana.locator("[role=option] mark")).to_have_text(["dem"])  # what is before the caret now


async def test_a_name_that_was_taken_is_undone_and_redone_like_what_is_typed(visitors: Visitors) -> None:
    ana = await visitors.sign_up("undoer")
    await make_room(ana, "Undone")
    await ana.keyboard.type("hello @dem")
    await expect(ana.locator("[role=option] mark")).to_have_text(["dem"])
    await ana.keyboard.press("Tab")
    await ana.keyboard.type("are you there?")

    await ana.keyboard.press("ControlOrMeta+z")
    await expect(ana.locator("#text")).to_have_value("hello @dem")
    await ana.keyboard.press("ControlOrMeta+Shift+z")
    await ana.keyboard.press("ControlOrMeta+Shift+z")

    await expect(ana.locator("#text")).to_have_value("hello @demo are you there?")


async def active_name(page: Page) -> str:
    return await page.evaluate(
        """() => {
            const option = document.getElementById(document.activeElement.getAttribute("aria-activedescendant"))
            return option.querySelector(".completion__name").textContent
        }"""
    )


async def test_what_offers_names_comes_with_the_first_and_offers_what_was_typed_meanwhile(visitors: Visitors) -> None:
    ana = await visitors.sign_up("latecomer")
    await make_room(ana, "Late names")
    asked, may_come = list[str](), asyncio.Event()

    async def held(route: Route) -> None:
        asked.append(route.request.url)
        await may_come.wait()
        await route.continue_()

    await ana.route("**/names.*.js", held)
    await ana.keyboard.type("no name so far ")
    assert asked == []
    await ana.keyboard.type("@dem")
    await expect(ana.locator("mention-completion:not(:defined)")).to_have_count(1)
    may_come.set()

    await expect(ana.locator("[role=option] mark")).to_have_text(["dem"])
    await ana.keyboard.press("Enter")
    await expect(ana.locator("#text")).to_have_value("no name so far @demo ")
    assert len(asked) == 1


async def test_what_offers_names_is_asked_for_again_where_it_could_not_be_had(visitors: Visitors) -> None:
    ana = await visitors.sign_up("retaken")
    await make_room(ana, "Retaken")
    asked: list[str] = []
    ana.on("request", lambda request: asked.append(request.url) if "/names." in request.url else None)
    await ana.route("**/names.*.js", lambda route: route.abort(), times=1)

    async with ana.expect_event("requestfailed"):
        await ana.keyboard.type("@")
    await settled(ana)  # the page has heard that it did not come
    await ana.keyboard.type("dem")

    await expect(ana.locator("[role=option] mark")).to_have_text(["dem"])
    first, second = asked
    assert second == f"{first}?again=1"  # some browsers keep that there was nothing at the first
    visitors.complaints.clear()  # the browser says which request failed
