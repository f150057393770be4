"""Where one writes: keys, height, quotes and what is pasted."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import Visitors, make_room, say, words

pytestmark = pytest.mark.asyncio(loop_scope="session")

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


async def test_enter_sends_and_shift_enter_breaks_the_line(visitors: Visitors) -> None:
    ana = await visitors.sign_up("keys")
    ben = await visitors.sign_up("keys-ben", await make_room(ana, "Keys"))

    await ana.keyboard.type("first")
    await ana.keyboard.press("Shift+Enter")
    await ana.keyboard.type("second")
    await ana.keyboard.press("Enter")

    await expect(ben.locator("message-list .prose")).to_have_text("first\nsecond", use_inner_text=True)
    await expect(ana.locator("#text")).to_have_value("")


async def test_under_a_finger_enter_breaks_the_line_and_the_arrow_sends(visitors: Visitors) -> None:
    ana = await visitors.sign_up("finger", **PHONE)
    await make_room(ana, "Fingers")

    await ana.tap("#text")
    await ana.keyboard.type("first")
    await ana.keyboard.press("Enter")
    await ana.keyboard.type("second")
    await expect(ana.locator("#text")).to_have_value("first\nsecond")
    await ana.tap(".composer__send")

    await expect(ana.locator("message-list .prose")).to_have_text("first\nsecond", use_inner_text=True)


async def test_a_keyboard_beside_the_glass_has_a_key_that_sends(visitors: Visitors) -> None:
    ana = await visitors.sign_up("tablet", **PHONE)
    await make_room(ana, "Tablets")
    words = ana.locator("message-list .prose")

    await ana.fill("#text", "a though")
    await ana.press("#text", "Control+Enter")
    await expect(words).to_have_text("a though")
    await ana.press("#text", "ArrowUp")
    await ana.fill("message-edit textarea", "a thought")
    await ana.press("message-edit textarea", "Meta+Enter")

    await expect(ana.locator("message-edit")).to_have_count(0)
    await expect(words).to_have_text("a thought")


async def test_the_composer_grows_with_its_text_up_to_a_part_of_the_window(visitors: Visitors) -> None:
    ana = await visitors.sign_up("grower")
    one = await height(ana)

    await ana.fill("#text", "1\n2\n3\n4")
    four = await height(ana)
    await ana.fill("#text", "\n".join(map(str, range(200))))

    assert four > one * 2
    assert await height(ana) <= 0.5 * 720
    await expect(ana.locator(".header")).to_be_in_viewport()
    await ana.fill("#text", "")
    assert await height(ana) == one


async def test_arrow_up_edits_what_one_said_last_and_escape_leaves_it(visitors: Visitors) -> None:
    ana = await visitors.sign_up("upper")
    await make_room(ana, "Up")
    await say(ana, "one")
    await say(ana, "two")
    await expect(ana.locator("message-list .message")).to_have_count(2)

    await ana.keyboard.press("ArrowUp")
    await expect(ana.locator("message-edit textarea")).to_have_value("two")
    await ana.keyboard.press("Escape")

    await expect(ana.locator("message-edit")).to_have_count(0)
    assert await words(ana) == ["one", "two"]


async def test_what_is_answered_is_shown_as_it_is_now_and_not_once_it_is_deleted(visitors: Visitors) -> None:
    ana = await visitors.sign_up("answers-late")
    slug = await make_room(ana, "Second thoughts")
    ben = await visitors.sign_up("thinks-again", slug)
    await say(ben, "the code is 1234")
    await ana.hover("message-list .message")
    await ana.click("[data-action=reply]")
    await ana.keyboard.type("thanks")
    context = ana.locator(".composer__context")

    await ben.press("#text", "ArrowUp")
    await ben.fill("message-edit textarea", "the code is secret")
    await ben.press("message-edit textarea", "Enter")
    await expect(context).to_have_text("thinks-again the code is secret")
    draft = await ana.evaluate("Object.entries(localStorage).find(([key]) => key.startsWith('draft/'))")
    await ben.hover("message-list .message")
    await ben.click("[data-action=delete]")
    await ben.click("#delete-question button[value=delete]")
    await expect(context).to_be_hidden()
    await expect(ana.locator("#text")).to_have_value("thanks")
    await ana.evaluate("([key, value]) => localStorage.setItem(key, value)", draft)  # of a page that did not hear of it
    await ana.reload()

    await expect(ana.locator("#text")).to_have_value("thanks")
    await expect(context).to_be_hidden()
    await expect(ana.locator("[name=reply_to]")).to_have_value("")


async def test_the_key_that_takes_a_word_of_an_input_method_sends_nothing(visitors: Visitors) -> None:
    ana = await visitors.sign_up("composing")
    await make_room(ana, "Kana")
    await ana.fill("#text", "日本")

    # As Safari says it: after the composition has ended.
    taking = "new KeyboardEvent('keydown', { key: 'Enter', keyCode: 229, bubbles: true, cancelable: true })"
    await ana.locator("#text").evaluate(f"text => text.dispatchEvent({taking})")
    await expect(ana.locator("#text")).to_have_value("日本")
    await ana.press("#text", "Enter")

    await expect(ana.locator("message-list .prose")).to_have_text("日本")


async def test_escape_removes_the_quote_and_keeps_the_words(visitors: Visitors) -> None:
    ana = await visitors.sign_up("unquoter")
    await make_room(ana, "Unquote")
    await say(ana, "a question")
    await expect(ana.locator("message-list .message")).to_have_count(1)
    await ana.hover("message-list .message")
    await ana.click("[data-action=reply]")
    await ana.keyboard.type("an answer")
    await expect(ana.locator(".composer__context")).to_be_visible()

    await ana.keyboard.press("Escape")
    await expect(ana.locator(".composer__context")).to_be_hidden()
    await ana.keyboard.press("Enter")

    await expect(ana.locator("message-list .message")).to_have_count(2)
    await expect(ana.locator(".message__quote")).to_have_count(0)


async def test_pasted_text_keeps_its_lines_and_nothing_else(visitors: Visitors) -> None:
    ana = await visitors.sign_up("paster")
    await make_room(ana, "Paste")
    await ana.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await ana.evaluate(
        """() => navigator.clipboard.write([new ClipboardItem({
            "text/plain": new Blob(["def f():\\n    return 1"], { type: "text/plain" }),
            "text/html": new Blob(["<b>def</b> f(): <i>return 1</i>"], { type: "text/html" }),
        })])"""
    )

    await ana.focus("#text")
    await ana.keyboard.press("ControlOrMeta+v")

    await expect(ana.locator("#text")).to_have_value("def f():\n    return 1")


async def test_what_is_too_long_is_refused_and_not_cut_off(visitors: Visitors) -> None:
    ana = await visitors.sign_up("long-paster")
    await make_room(ana, "Long paste")
    await ana.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await ana.evaluate("navigator.clipboard.writeText('word '.repeat(3300) + 'and the end')")

    await ana.focus("#text")
    await ana.keyboard.press("ControlOrMeta+v")
    await ana.keyboard.press("Enter")

    refused = ana.locator("message-outbox .message--failed")
    await expect(refused.locator("[role=alert]")).to_have_text("A message has at most 16,000 characters.")
    await expect(refused.locator(".prose")).to_contain_text("and the end")
    await refused.locator("[data-do=discard]").click()

    await say(ana, "short")
    await expect(ana.locator("message-list .prose")).to_have_text("short")
    await ana.press("#text", "ArrowUp")
    await ana.locator(".edit__text").select_text()
    await ana.keyboard.press("ControlOrMeta+v")
    await ana.keyboard.press("Enter")
    await expect(ana.locator(".edit .field__error")).to_have_text("A message has at most 16,000 characters.")
    assert (await ana.input_value(".edit__text")).endswith("and the end")
    visitors.complaints.clear()  # the browser says what was refused


async def test_help_opens_over_the_room_and_is_a_page_of_its_own(visitors: Visitors) -> None:
    ana = await visitors.sign_up("learner")
    await ana.fill("#text", "half written")

    await ana.click(".composer__help")
    await expect(ana.locator("#writing .prose strong").first).to_have_text("strong")
    await ana.keyboard.press("Escape")
    await expect(ana.locator("#writing")).to_be_hidden()
    await expect(ana.locator("#text")).to_have_value("half written")
    plain = await visitors.open(
        "/help/writing/", java_script_enabled=False, storage_state=await ana.context.storage_state()
    )

    await expect(plain.locator("h1")).to_have_text("How to write")
    await expect(plain.locator(".writing code", has_text="/topic")).to_be_visible()


async def test_while_the_assistant_still_writes_one_is_told_what_becomes_of_the_next_message(
    visitors: Visitors,
) -> None:
    ana = await visitors.sign_up("impatient")
    await ana.click(".room-link--assistant")
    await expect(ana).to_have_title("demo · Chat")
    await ana.wait_for_selector(".connection--live")
    await say(ana, "tell me something long")

    await expect(ana.locator("typing-line")).to_have_text("demo still writes; what you send now gets its own answer")
    await say(ana, "and what is 6 * 7?")
    await expect(ana.locator(".reply")).to_have_count(2)
    await expect(ana.locator(".reply--complete").last).to_be_visible()

    await ana.evaluate("document.querySelectorAll('.reply__stop').forEach(button => button.click())")
    await expect(ana.locator("typing-line")).to_have_text("")


async def height(page: Page) -> float:
    return await page.evaluate("document.getElementById('text').getBoundingClientRect().height")


async def test_on_a_phone_the_words_have_the_room_of_what_explains_how_to_write_them(visitors: Visitors) -> None:
    ana = await visitors.sign_up("small-writer", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    width = "text => text.getBoundingClientRect().width"
    empty = await ana.locator("#text").evaluate(width)
    await expect(ana.locator(".composer__help")).to_be_visible()

    await ana.fill("#text", "words")

    assert await ana.locator("#text").evaluate(width) - empty >= 44
    await ana.fill("#text", "")
    await expect(ana.locator(".composer__help")).to_be_visible()
