"""The desk: rooms beside the page, and the way from one to the other."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import Visitors, make_room, say, say_lines, send_form, settled, words
from tests.factories import PASSWORD
from tests.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="session")

PHONE = {"width": 390, "height": 844}


async def test_another_room_comes_without_loading_the_page_anew(visitors: Visitors) -> None:
    ana = await visitors.sign_up("walker")
    slug = await make_room(ana, "Next door")
    await ana.evaluate("window.isStillHere = true")
    sockets: list[str] = []
    ana.on("websocket", lambda socket: sockets.append(socket.url.rstrip("/").rpartition("/")[2]))

    await ana.click("room-link[data-room=general] a")
    await expect(ana).to_have_title("General · Chat")
    await ana.wait_for_selector(".connection--live")

    assert ana.url.endswith("/rooms/general/")
    assert await ana.evaluate("window.isStillHere") is True
    assert sockets == ["general"]
    await expect(ana.locator("room-link a[aria-current]")).to_have_attribute("href", "/rooms/general/")
    await expect(ana.locator("h1")).to_have_text("# General")
    await expect(ana.locator("room-frame")).to_have_text("General · Chat")
    await expect(ana.locator("#text")).to_be_focused()
    await expect(ana.locator(f"room-link[data-room={slug}]")).to_have_count(1)


async def test_the_room_left_behind_hears_and_says_nothing_more(visitors: Visitors) -> None:
    ana = await visitors.sign_up("quiet")
    slug = await make_room(ana, "Left behind")
    ben = await visitors.sign_up("talker", slug)
    closed: list[str] = []
    ana.on("websocket", lambda socket: socket.on("close", lambda ended: closed.append(ended.url)))
    await ana.reload()
    await ana.wait_for_selector(".connection--live")
    for _ in range(3):
        await _go(ana, "general")
        await _go(ana, slug)
    await _go(ana, "general")

    before = await words(ana)
    await say(ben, "is anybody here?")
    await expect(ana.locator(f"room-link[data-room={slug}] .room-link__count")).to_have_text("1 unread")
    await say(ana, "one message, once")
    await expect(ana.locator("message-list .prose").last).to_have_text("one message, once")

    assert await words(ana) == [*before, "one message, once"]
    await until(lambda: len(closed) >= 7)  # a browser tells of it when both ends have said goodbye
    assert len(closed) == 7


async def test_back_and_forward_find_the_place_again(visitors: Visitors) -> None:
    ana = await visitors.sign_up("comeback")
    slug = await make_room(ana, "Long story")
    await say_lines(ana, 120)
    await ana.reload()
    await ana.wait_for_selector(".connection--live")
    await _to_the_middle(ana, "line 90")
    place = await _top_of(ana, "line 90")

    await _go(ana, "general")
    await ana.go_back()
    await expect(ana).to_have_title("Long story · Chat")
    await expect(ana.locator("message-list .message", has_text="line 90")).to_be_in_viewport()
    await settled(ana)
    assert abs(await _top_of(ana, "line 90") - place) <= 2

    await ana.go_forward()
    await expect(ana).to_have_title("General · Chat")
    await ana.go_back()
    await expect(ana.locator("message-list .message", has_text="line 90")).to_be_in_viewport()
    assert ana.url.endswith(f"/rooms/{slug}/")


async def test_the_sidebar_keeps_its_scroll_when_the_room_changes(visitors: Visitors) -> None:
    ana = await visitors.sign_up("collector", viewport={"width": 1280, "height": 360})
    for number in range(8):
        slug = await make_room(ana, f"Shelf {number}")
    await expect(ana.locator(f"room-link[data-room={slug}]")).to_be_in_viewport(ratio=0.9)
    await ana.evaluate("document.querySelector('.rooms__list').scrollTop = 60")

    await ana.click("room-link[data-room=shelf-3] a")
    await expect(ana).to_have_title("Shelf 3 · Chat")

    assert await ana.evaluate("document.querySelector('.rooms__list').scrollTop") == 60


async def test_forms_of_the_pane_keep_the_sidebar_too(visitors: Visitors) -> None:
    ana = await visitors.sign_up("former")
    slug = await make_room(ana, "Before")
    await ana.evaluate("window.isStillHere = true")

    await ana.click("a[title='Room settings']")
    await ana.fill("#id_name", "After")
    await ana.click("button[value=change]")
    await expect(ana.locator("room-link", has_text="After")).to_have_count(1)
    await ana.click("a:has-text('Back')")

    await expect(ana).to_have_title("After · Chat")
    assert await ana.evaluate("window.isStillHere") is True
    assert ana.url.endswith(f"/rooms/{slug}/")


async def test_a_refusal_is_read_and_left_by_going_back(visitors: Visitors) -> None:
    ana = await visitors.sign_up("refusing")
    slug = await make_room(ana, "Not yours")
    ben = await visitors.sign_up("refused", slug)
    await ben.click(".header__actions button:has-text('Join')")
    await expect(ben.locator(f"room-link[data-room={slug}]")).to_have_count(1)
    await ben.click("a[title='Room settings']")
    await ben.locator("#assistants button[value=add]").first.evaluate("button => { button.value = 'archive' }")

    await ben.click("button[value=archive]")
    await expect(ben.locator("h1")).to_have_text("That was not done")
    await ben.go_back()

    await expect(ben.locator(".header__topic, h1").first).to_contain_text("Not yours")
    (expected,) = visitors.complaints
    assert "status of 403" in expected
    visitors.complaints.clear()


async def test_a_room_one_is_brought_into_appears_by_itself(visitors: Visitors) -> None:
    ana = await visitors.sign_up("summoner")
    ben = await visitors.sign_up("summoned")
    await ana.goto("/people/summoned/")
    await ana.click("button:has-text('Write to')")
    await ana.wait_for_selector(".connection--live")

    await say(ana, "a first word")

    await expect(ben.locator(".room-link--unread", has_text="summoner")).to_have_count(1)


async def test_who_is_here_is_shown_while_they_are(visitors: Visitors) -> None:
    ana = await visitors.sign_up("host")
    slug = await make_room(ana, "Parlour")
    here = ana.locator(".rooms__here [title=visitor]")

    ben = await visitors.sign_up("visitor", slug)
    await expect(here).to_have_count(1)
    await ben.context.close()

    await expect(here).to_have_count(0)  # a reload is no departure: five seconds pass first


async def test_who_has_a_direct_room_with_one_is_listed_as_here_too(visitors: Visitors) -> None:
    ana = await visitors.sign_up("confidant")
    slug = await make_room(ana, "Den")
    await visitors.sign_up("homecomer", slug)
    await send_form(ana, "/people/homecomer/")
    row = ana.locator("room-link[data-person]", has_text="homecomer").locator(".avatar--here")
    here = ana.locator(".rooms__here [title=homecomer]")
    await expect(row).to_have_count(1)
    await expect(here).to_have_count(1)
    await visitors.contexts.pop().close()
    await expect(here).to_have_count(0)
    await visitors.enter(ana, slug)  # rows that came with the page hear of it before the list does

    page = await visitors.open("/accounts/login/")
    await page.fill("#id_login", "homecomer")
    await page.fill("#id_password", PASSWORD)
    await page.click("button:has-text('Sign in')")

    await expect(row).to_have_count(1)
    await expect(here).to_have_count(1, timeout=10_000)


async def test_who_went_from_another_room_or_came_into_one_is_known_before_long(visitors: Visitors) -> None:
    ben = await visitors.sign_up("passer-by")
    ana = await visitors.sign_up("stay-at-home")
    await make_room(ana, "Study")
    here = ana.locator(".rooms__here [title='passer-by']")
    await expect(here).to_have_count(1)
    await ben.context.close()

    async with asyncio.timeout(60):
        while await here.count():  # the server takes a moment to see that the line is closed
            await hear(ana, "heartbeat", 3)
            await ana.wait_for_timeout(500)

    await visitors.sign_up("passer-in")
    async with asyncio.timeout(60):
        while not await ana.locator(".rooms__here [title='passer-in']").count():
            await hear(ana, "synced", 24)  # every 3 s, where no line stays open
            await ana.wait_for_timeout(500)


async def hear(page: Page, kind: str, times: int) -> None:
    frame = f"document.dispatchEvent(new CustomEvent('live:json', {{ detail: {{ type: '{kind}' }} }}))"
    await page.evaluate(f"for (let n = 0; n < {times}; n++) {frame}")


async def test_keys_reach_a_room_and_its_composer(visitors: Visitors) -> None:
    ana = await visitors.sign_up("keyboard")
    await make_room(ana, "Keyed")

    await ana.focus("room-link[data-room=general] a")
    await ana.keyboard.press("ArrowDown")
    await expect(ana.locator("room-link[data-room=keyed] a")).to_be_focused()
    await ana.keyboard.press("ArrowUp")
    await ana.keyboard.press("Enter")

    await expect(ana).to_have_title("General · Chat")
    await expect(ana.locator("#text")).to_be_focused()
    await ana.keyboard.type("by keys alone")
    await ana.keyboard.press("Enter")
    await expect(ana.locator("message-list .prose", has_text="by keys alone")).to_have_count(1)


async def test_every_stop_of_the_tab_key_is_seen_and_named(visitors: Visitors) -> None:
    ana = await visitors.sign_up("tabber")
    await ana.locator(".skip-link").focus()
    await ana.keyboard.press("Shift+Tab")

    stops: list[dict[str, object]] = []
    while not stops or (stops[-1]["id"] != "text" and len(stops) < 40):
        await ana.keyboard.press("Tab")
        stops.append(await ana.evaluate(_STOP))

    assert stops[0]["name"] == "To the composer"
    assert stops[-1]["id"] == "text"
    assert [stop for stop in stops if not stop["isOutlined"] or not stop["name"]] == []


async def test_choosing_a_room_closes_the_drawer_of_a_phone(visitors: Visitors) -> None:
    ana = await visitors.sign_up("pocket", viewport=PHONE, has_touch=True)
    await make_room(ana, "Pocket room")

    await ana.tap(".header__menu")
    await expect(ana.locator("#rooms")).to_be_visible()
    await ana.tap("#rooms room-link[data-room=general] a")

    await expect(ana).to_have_title("General · Chat")
    await expect(ana.locator("#rooms")).to_be_hidden()


_STOP = """() => {
    const here = document.activeElement
    const style = getComputedStyle(here)
    const box = here.closest(".composer") ? getComputedStyle(here.closest(".composer")) : style
    return {
        id: here.id,
        name: here.ariaLabel || here.textContent.trim() || here.labels?.[0]?.textContent || "",
        isOutlined: box.outlineStyle !== "none" && parseFloat(box.outlineWidth) >= 1,
    }
}"""


async def _go(page: Page, slug: str) -> None:
    await page.click(f"room-link[data-room={slug}] a")
    await page.wait_for_selector(f"chat-live[data-room={slug}] .connection--live")


async def _to_the_middle(page: Page, text: str) -> None:
    await page.locator("message-list .message", has_text=text).evaluate(
        "node => node.scrollIntoView({ block: 'center' })"
    )


async def _top_of(page: Page, text: str) -> float:
    return await page.locator("message-list .message", has_text=text).evaluate(
        "node => node.getBoundingClientRect().top"
    )
