"""Nothing but keys, once through: at every stop something has the focus, and it is seen to have it."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, Route, expect

from tests.e2e.conftest import Visitors, make_room, say_lines, settled
from tests.e2e.lines import tried_by_hand_only
from tests.e2e.scrolling import scroll
from tests.e2e.test_connection import Line
from tests.factories import PASSWORD
from tests.fake_llm import FakeLLM
from tests.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

MOST_STOPS = 80

# What has the focus without showing it; nothing, if all is well. A line around it may be its field's or its label's.
UNSEEN = """() => {
    const focused = document.activeElement
    if (focused.id === "main") return "" // a pane that has just come: the next stop is its first
    if (focused === document.body) return "the focus is nowhere"
    for (let node = focused, height = 0; node && height < 4; node = node.parentElement, height++) {
        const { outlineStyle, outlineWidth } = getComputedStyle(node)
        if (outlineStyle !== "none" && parseFloat(outlineWidth)) return ""
    }
    return focused.outerHTML.slice(0, 160)
}"""


async def test_everything_by_keyboard(visitors: Visitors) -> None:
    page = await _sign_in(visitors, "typist-by-keys")
    await make_room(page, "Typed by keys")

    await page.keyboard.type("to be changed")
    await page.keyboard.press("Enter")
    own = page.locator("message-list .message", has_text="to be changed")
    await expect(own).to_have_count(1)
    await expect(page.locator("message-outbox .message")).to_have_count(0)

    await _to_message(page, "to be changed")
    await _press(page, "a[data-action=edit]")
    await expect(page.locator("message-edit textarea")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.locator("message-edit")).to_have_count(0)
    await _is_within(page, "to be changed")

    await _to_message(page, "to be changed")
    await _press(page, "a[data-action=edit]")
    await expect(page.locator("message-edit textarea")).to_be_focused()
    await page.keyboard.type(", and was")
    await page.keyboard.press("Enter")
    await expect(page.locator("message-list .prose").last).to_have_text("to be changed, and was")
    await _is_within(page, "and was")

    await _to_message(page, "and was")
    await _press(page, "a[data-action=reply]")
    await expect(page.locator("#text")).to_be_focused()
    await page.keyboard.type("an answer")
    await page.keyboard.press("Enter")
    await expect(page.locator("message-list .message__quote")).to_have_count(1)

    await _to_message(page, "an answer")
    await _press(page, "a[data-action=delete]")
    await expect(page.locator("#delete-question")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator("#delete-question")).to_be_hidden()
    await expect(page.locator("a[data-action=delete]:focus")).to_have_count(1)
    await page.keyboard.press("Enter")
    await _press(page, "#delete-question .button--danger")
    await expect(page.locator("message-list .message--gone")).to_have_count(1)
    assert await page.evaluate(UNSEEN) == ""


async def test_after_a_reaction_one_is_where_one_was_also_when_it_is_shown_before_it_is_answered(
    visitors: Visitors,
) -> None:
    page = await _sign_in(visitors, "reacts-by-keys")
    await make_room(page, "Reacted to by keys")
    await page.keyboard.type("pleasing")
    await page.keyboard.press("Enter")
    await expect(page.locator("message-list .message", has_text="pleasing")).to_have_count(1)
    await expect(page.locator("message-outbox .message")).to_have_count(0)

    async def answer_late(route: Route) -> None:
        answer = await route.fetch()
        if route.request.method == "POST":
            await expect(page.locator(".reaction")).to_have_count(1)
        await route.fulfill(response=answer)

    await page.route("**/react/", answer_late)
    await _to_message(page, "pleasing")
    await _press(page, "[title=React]")
    await expect(page.locator("pop-sheet button:focus")).to_have_count(1)
    await page.keyboard.press("Enter")
    await expect(page.locator("pop-sheet")).to_have_count(0)

    await _is_within(page, "pleasing")
    await page.keyboard.press("Tab")
    await expect(page.locator(".message__time:focus")).to_have_count(1)
    await _is_within(page, "pleasing")


async def test_with_shift_arrows_select_words(visitors: Visitors) -> None:
    page = await _sign_in(visitors, "selects-by-keys")
    await make_room(page, "Selected by keys")
    for words in ("first", "second"):
        await page.keyboard.type(words)
        await page.keyboard.press("Enter")
    await expect(page.locator("message-list .message")).to_have_count(2)
    await expect(page.locator("message-outbox .message")).to_have_count(0)
    await page.locator("message-list .prose p").first.click(click_count=2, position={"x": 4, "y": 8})

    await page.keyboard.press("Shift+ArrowDown")

    await expect(page.locator("message-list .message").first).to_be_focused()
    assert (await page.evaluate("getSelection().toString()")).startswith("first\n")


async def test_the_focus_does_not_go_with_what_was_pressed(visitors: Visitors) -> None:
    page = await _sign_in(visitors, "presses-by-keys")
    slug = await make_room(page, "Pressed by keys")
    await say_lines(page, 40)
    await scroll(page, -400)
    await _press(page, ".pill", back=True)
    await expect(page.locator(".pill")).to_be_hidden()
    await settled(page)
    assert await page.evaluate(UNSEEN) == ""
    await page.keyboard.press("ArrowUp")
    await _is_within(page, "line 40")

    await say_lines(page, 40)
    await page.reload()
    await page.wait_for_selector(".connection--live")
    await _press(page, ".log", back=True, key="")
    await page.keyboard.press("Tab")  # to the earlier messages, which come because they are looked at
    await expect(page.locator(".log__earlier")).to_have_count(0)
    await settled(page)
    assert await page.evaluate(UNSEEN) == ""

    line = await Line.of(page)
    line.is_cut = True
    await page.clock.install()
    await page.goto(f"/rooms/{slug}/")
    async with tried_by_hand_only(page):
        await page.locator("connection-light button").focus()
        line.is_cut = False
        await page.keyboard.press("Enter")
        await expect(page.locator(".connection--live")).to_be_visible()
    await settled(page)
    assert await page.evaluate(UNSEEN) == ""
    visitors.complaints.clear()  # the browser says which requests failed


async def test_a_reply_is_stopped_and_judged_by_keyboard(visitors: Visitors, shared_site: Site) -> None:
    page = await _sign_in(visitors, "judge-by-keys")
    with FakeLLM() as model:
        model.hold("This goes on until somebody stops it.")
        shared_site.order("addassistant", "goer-on", "--provider", "openai", "--base-url", model.url, "--model", "tiny")
        shared_site.order("addroom", "judged", "--assistant", "goer-on")
        await visitors.enter(page, "judged")
        await page.keyboard.type("@goer-on go")
        await page.keyboard.press("Enter")
        await _stop(page)

    await _to_message(page, "", last=True)
    await _press(page, "[href*=feedback]")
    await expect(page.locator("pop-sheet dialog")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator("pop-sheet")).to_have_count(0)
    await expect(page.locator("[href*=feedback]:focus")).to_have_count(1)


async def _stop(page: Page) -> None:
    await expect(page.locator("reply-body")).to_contain_text("until somebody")
    await expect(page.locator("message-outbox .message")).to_have_count(0)
    await _to_message(page, "", last=True)
    await _press(page, ".reply__stop")
    await expect(page.locator(".reply--stopped")).to_have_count(1)
    assert await page.evaluate(UNSEEN) == ""


async def test_settings_and_other_rooms_by_keyboard(visitors: Visitors) -> None:
    page = await _sign_in(visitors, "wanderer-by-keys")
    slug = await make_room(page, "Wandered")

    await _press(page, "a[title='Room settings']", back=True)
    await expect(page.locator("#id_name")).to_be_visible()
    assert await page.evaluate(UNSEEN) == ""
    await _press(page, "#id_topic", key="End")
    await page.keyboard.type("by keys")
    await page.evaluate("document.getElementById('main').dataset.isBefore = ''")
    await page.keyboard.press("Enter")
    await expect(page.locator("#main[data-is-before]")).to_have_count(0)
    await expect(page.locator("#id_topic")).to_have_value("by keys")
    assert await page.evaluate(UNSEEN) == ""

    await _press(page, "room-link[data-room=general] a", back=True)
    await expect(page).to_have_title("General · Chat")
    await expect(page.locator("#text")).to_be_focused()
    await _press(page, f"room-link[data-room={slug}] a", back=True)
    await expect(page.locator(".header__topic")).to_have_text("by keys")
    await expect(page.locator("#text")).to_be_focused()


async def _sign_in(visitors: Visitors, name: str) -> Page:
    """By keyboard, too: whoever came by is out again."""
    page = await visitors.sign_up(name)
    await page.context.clear_cookies()
    await page.goto("/accounts/login/")
    await expect(page.locator("#id_login")).to_be_focused()
    await page.keyboard.type(name)
    await page.keyboard.press("Tab")
    if not await page.locator("#id_password:focus").count():
        await page.keyboard.press("Tab")  # past "Forgotten?"
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_selector(".connection--live")
    await expect(page.locator("#text")).to_be_focused()
    return page


async def _to_message(page: Page, words: str, *, last: bool = False) -> None:
    """Into the conversation by Tab, and up by arrows."""
    await _press(page, ".log", back=True, key="")
    for _ in range(MOST_STOPS):
        await page.keyboard.press("ArrowUp")
        assert await page.evaluate(UNSEEN) == ""
        if last or words in await page.evaluate("document.activeElement.querySelector('.prose')?.innerText ?? ''"):
            return
    raise AssertionError(f"no way to {words}")


async def _press(page: Page, selector: str, *, back: bool = False, key: str = "Enter") -> None:
    for _ in range(MOST_STOPS):
        if await page.evaluate("selector => document.activeElement.matches(selector)", selector):
            if key:
                await page.keyboard.press(key)
            return
        await page.keyboard.press("Shift+Tab" if back else "Tab")
        assert await page.evaluate(UNSEEN) in ("", "the focus is nowhere")  # it passes through the browser's own frame
    raise AssertionError(f"no way to {selector}")


async def _is_within(page: Page, words: str) -> None:
    """The focus is still with this message."""
    await expect(page.locator(".message:focus, .message :focus")).to_have_count(1)
    assert words in await page.evaluate("document.activeElement.closest('.message').innerText")
