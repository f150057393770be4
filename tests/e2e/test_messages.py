"""A message as it stands: who said it when, what can be done with it, and what is too wide or too long for it."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from tests.e2e.conftest import AT_NOON, Visitors, becomes, make_room, say, say_lines
from tests.e2e.heard import noted

pytestmark = pytest.mark.asyncio(loop_scope="session")

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
WIDE = (
    "| a | b |\n|---|---|\n| " + "wide" * 40 + " | " + "wider" * 40 + " |\n\n```python\nprint('" + "x" * 200 + "')\n```"
)


async def test_a_page_tells_with_a_message_how_long_the_one_before_took_to_be_seen(visitors: Visitors) -> None:
    ana = await visitors.sign_up("stop-watch")
    sent: list[dict[str, Any]] = []
    ana.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(json.loads(frame))))
    await make_room(ana, "Measured")
    await ana.wait_for_selector(".connection--live")
    await say_lines(ana, 3)

    first, *others = [command for command in sent if command["type"] == "message.send"]

    assert "seen_ms" not in first
    assert len(others) == 2
    assert all(isinstance(command["seen_ms"], int) and 0 <= command["seen_ms"] <= 60_000 for command in others)


async def test_messages_of_one_person_are_grouped_until_another_speaks_or_time_passes(visitors: Visitors) -> None:
    ana = await visitors.sign_up("group-ana", **AT_NOON)
    slug = await make_room(ana, "Groups")
    ben = await visitors.sign_up("group-ben", slug)
    await say_lines(ana, 2)
    await say(ben, "me too")
    await expect(messages(ana)).to_have_count(3)
    await say_lines(ana, 2)
    await expect(messages(ana)).to_have_count(5)

    assert await follows(ana) == [False, True, False, False, True]
    await ana.evaluate(
        """() => {
            const frame = document.createElement("chat-frame")
            frame.setAttribute("type", "message.updated")
            frame.append(document.querySelectorAll("message-list .message")[1].cloneNode(true))
            const time = frame.querySelector("time")
            time.dateTime = new Date(Date.parse(time.dateTime) + 301e3).toISOString()
            frame.firstChild.dataset.revision = 1e6
            document.dispatchEvent(new CustomEvent("live:html", { detail: frame }))
        }"""
    )
    assert await follows(ana) == [False, False, False, False, True]


async def test_the_time_of_a_grouped_message_comes_into_the_gutter_and_moves_nothing(visitors: Visitors) -> None:
    ana = await visitors.sign_up("hover")
    await make_room(ana, "Hover")
    await say_lines(ana, 3)
    message = messages(ana).nth(1)
    before = await boxes(ana)

    await message.hover()

    await expect(message.locator(".message__time")).to_have_css("opacity", "1")
    await expect(message.locator(".message__actions")).to_have_css("opacity", "1")
    assert await boxes(ana) == before


@pytest.mark.parametrize("width", [320, 390, 1280])
async def test_a_clock_of_twelve_hours_fits_into_the_gutter(visitors: Visitors, width: int) -> None:
    late = f"Etc/GMT{datetime.now(UTC).hour - 11:+d}"  # where it is past eleven: with four digits
    view = {"width": width, "height": 700}
    ana = await visitors.sign_up(f"halves-{width}", locale="en-US", viewport=view, timezone_id=late)
    await make_room(ana, f"Halves {width}")
    await say_lines(ana, 2)
    first, second = messages(ana).first.locator("time"), messages(ana).last.locator("time")
    await expect(first).to_have_text(re.compile(r"^\d\d:\d\d\s[AP]M$"), use_inner_text=True)

    for _ in ("by scripts", "by the page"):
        await expect(second).to_have_text(re.compile(r"^\d\d:\d\d$"), use_inner_text=True)
        box = await second.bounding_box()
        text = await messages(ana).last.locator(".prose").bounding_box()
        assert box is not None
        assert text is not None
        assert 0 <= box["x"] <= box["x"] + box["width"] <= text["x"]
        await ana.reload()


async def test_each_day_begins_with_its_name_and_an_older_message_brings_its_own(visitors: Visitors) -> None:
    ana = await visitors.sign_up("days", locale="en-GB")
    await make_room(ana, "Days")
    await say_lines(ana, 1)

    await ana.evaluate(
        """() => {
            const frame = document.createElement("chat-frame")
            frame.setAttribute("type", "message.created")
            const article = document.querySelector("message-list .message").cloneNode(true)
            article.id = "message-999999"
            article.dataset.sequence = 0
            article.querySelector("time").dateTime = "2024-02-29T12:00:00Z"
            frame.append(article)
            document.dispatchEvent(new CustomEvent("live:html", { detail: frame }))
        }"""
    )

    shown = ana.locator("message-list > .divider--day")
    await expect(shown).to_have_count(2)
    await expect(shown.first).to_have_text(re.compile("Thursday,? 29 February 2024"))


async def test_the_link_of_a_message_is_copied_and_leads_to_it(visitors: Visitors) -> None:
    ana = await visitors.sign_up("permalink", permissions=["clipboard-read", "clipboard-write"])
    slug = await make_room(ana, "Permalinks")
    await say_lines(ana, 3)
    await messages(ana).nth(1).hover()
    said = await noted(ana.locator("message-actions"))

    await messages(ana).nth(1).locator("[data-action=link]").click()
    await becomes(said, ["The link is copied."])
    link = await ana.evaluate("navigator.clipboard.readText()")
    await ana.goto(link)

    assert f"/rooms/{slug}/?around=2#message-" in link
    await expect(ana.locator(".message:target .prose")).to_have_text("line 2")


async def test_code_says_its_language_wraps_and_is_copied_and_tables_scroll(visitors: Visitors) -> None:
    ana = await visitors.sign_up("wide", permissions=["clipboard-read", "clipboard-write"])
    await make_room(ana, "Wide")
    await ana.evaluate("text => document.dispatchEvent(new CustomEvent('outbox:say', { detail: { text } }))", WIDE)
    code, table = ana.locator(".code__body"), ana.locator(".prose__scroll")
    await expect(code).to_have_count(1)

    overflow = "node => node.scrollWidth > node.clientWidth"
    assert [await code.evaluate(overflow), await table.evaluate(overflow)] == [True, True]
    await expect(ana.locator(".code__head > span")).to_have_text("python")
    await ana.click("code-copy [data-do=wrap]")
    assert await code.evaluate(overflow) is False
    await expect(ana.locator("code-copy [data-do=wrap]")).to_have_attribute("aria-pressed", "true")
    said = await noted(ana.locator("code-copy [aria-live]"))
    await ana.click("code-copy [data-do=copy]")
    await becomes(said, ["Copied"])
    assert (await ana.evaluate("navigator.clipboard.readText()")).startswith("print('xxx")
    assert await ana.evaluate("document.documentElement.scrollWidth > innerWidth") is False


async def test_a_long_message_is_folded_from_the_first_moment_and_opens_downwards(visitors: Visitors) -> None:
    ana = await visitors.sign_up("long")
    slug = await make_room(ana, "Long")
    await say(ana, "\n".join(f"- point {number}" for number in range(60)))
    await expect(ana.locator("message-list .message")).to_have_count(1)  # it has arrived, and nothing takes its place
    button = ana.locator("message-list .fold__more")
    await expect(button).to_have_text("Show all")
    folded = await height(ana)

    await button.click()
    await expect(button).to_have_text("Show less")
    top = await ana.locator(".fold").evaluate("fold => fold.getBoundingClientRect().top")
    assert await height(ana) > 2 * folded
    await button.click()
    assert await height(ana) == folded
    assert top > -5, "what was read first stays in sight"

    plain = await visitors.sign_up("long-plain", slug, java_script_enabled=False)
    await expect(plain.locator(".fold__more")).to_be_hidden()
    assert await height(plain) > 2 * folded


async def test_tools_are_reached_by_keys_alone(visitors: Visitors) -> None:
    ana = await visitors.sign_up("key-tools")
    await make_room(ana, "Key tools")
    await say_lines(ana, 2)

    await ana.focus(".log")
    await ana.keyboard.press("ArrowUp")
    await ana.keyboard.press("ArrowUp")
    await expect(messages(ana).first.locator(".message__actions")).to_have_css("opacity", "1")
    for _ in range(2):  # the time, then the first tool
        await ana.keyboard.press("Tab")
    await expect(messages(ana).first.locator("[title=React]")).to_be_focused()
    await ana.keyboard.press("Tab")
    await expect(messages(ana).first.locator("[data-action=reply]")).to_be_focused()
    await ana.keyboard.press("Enter")

    await expect(ana.locator(".composer__context")).to_contain_text("line 1")
    await expect(ana.locator("#text")).to_be_focused()


async def test_a_finger_brings_the_tools_by_a_tap_or_by_staying(visitors: Visitors) -> None:
    ana = await visitors.sign_up("presser", **PHONE)
    await make_room(ana, "Fingers")
    await say_lines(ana, 4)
    first, last = messages(ana).first, messages(ana).last

    await last.locator(".prose").tap()
    await expect(last.locator(".message__actions")).to_have_css("opacity", "1")
    await press_long(ana, first.locator(".prose"))
    await expect(first).to_be_focused()
    await expect(first.locator(".message__actions")).to_have_css("opacity", "1")
    assert min(await first.locator(".message__actions .tool:visible").first.evaluate(SIZE)) >= 40


async def test_the_tap_that_brings_the_tools_presses_none_of_them(visitors: Visitors) -> None:
    ana = await visitors.sign_up("taps-once", **PHONE)
    await make_room(ana, "Taps")
    await say_lines(ana, 7)
    await expect(messages(ana).last.locator(".tool:visible")).to_have_count(6)

    for number in range(6):
        message = messages(ana).nth(number + 1)
        tool = await message.locator(".tool:visible").nth(number).bounding_box()
        words = await message.bounding_box()
        assert tool is not None
        assert words is not None
        await ana.touchscreen.tap(tool["x"] + tool["width"] / 2, words["y"] + 6)
        await expect(message.locator(".message__actions")).to_have_css("opacity", "1")
    await messages(ana).last.locator("[title=React]").tap()

    await expect(ana.locator("pop-sheet dialog")).to_be_visible()
    await expect(ana.locator("pop-sheet, message-edit, #delete-question[open]")).to_have_count(1)
    await expect(ana.locator(".composer__context")).to_be_hidden()
    await expect(ana.locator("message-actions")).to_have_text("")
    await ana.keyboard.press("Escape")

    await ana.fill("#text", f"{'· ' * 20} @demo")  # beneath where tools will be
    await ana.tap(".composer__send")
    mention = ana.locator("message-list .mention")
    await expect(ana.locator("message-outbox .message")).to_have_count(0)
    await mention.tap(position={"x": 20, "y": 4})
    await expect(ana).to_have_url(re.compile(r"/people/demo/$"))


async def test_what_others_edit_keeps_the_readers_focus(visitors: Visitors) -> None:
    ana = await visitors.sign_up("edit-ana")
    ben = await visitors.sign_up("edit-ben", await make_room(ana, "Focus"))
    await say(ana, "teh")
    for page in (ana, ben):
        await expect(messages(page)).to_have_count(1)
    await messages(ben).first.focus()

    await ana.press("#text", "ArrowUp")
    await ana.fill("message-edit textarea", "the")
    await ana.press("message-edit textarea", "Enter")

    await expect(messages(ben).locator(".prose")).to_have_text("the")
    await expect(messages(ben).first).to_be_focused()


SIZE = "node => { const box = node.getBoundingClientRect(); return [box.width, box.height] }"


def messages(page: Page) -> Locator:
    return page.locator("message-list > .message")


async def follows(page: Page) -> list[bool]:
    return await messages(page).evaluate_all("all => all.map(one => one.classList.contains('message--follow'))")


async def boxes(page: Page) -> list[list[float]]:
    return await messages(page).evaluate_all(
        """all => all.map(one => {
            const { x, y, width, height } = one.querySelector(".prose").getBoundingClientRect()
            return [x, y, width, height]
        })"""
    )


async def height(page: Page) -> float:
    return await page.locator(".fold .prose").evaluate("node => node.getBoundingClientRect().height")


async def press_long(page: Page, target: Locator) -> None:
    box = await target.bounding_box()
    assert box is not None
    point = {"x": box["x"] + 20, "y": box["y"] + box["height"] / 2}
    client = await page.context.new_cdp_session(page)
    await client.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [point]})
    await page.wait_for_function("() => document.activeElement.matches('.message')")
    await client.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
