"""The reader's place: nothing jumps, whatever comes or goes, and only what was seen counts as read."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import Visitors, becomes, make_room, say, say_lines, settled, words

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_at_the_end_one_stays_there_and_above_it_a_pill_counts(visitors: Visitors) -> None:
    ana, ben = await two_in(visitors, "pill", 40)

    await say(ana, "at the end")
    await expect(ben.locator("message-list .message", has_text="at the end")).to_be_in_viewport()
    await scroll(ben, -300)
    await expect(ben.locator(".pill")).to_have_text("To the end")
    before = await where(ben, "line 30")
    await say_lines(ana, 3)

    await expect(ben.locator(".pill")).to_have_text("3 new")
    assert await where(ben, "line 30") == before
    await ben.click(".pill")
    await expect(ben.locator("message-list .message").last).to_be_in_viewport()
    await expect(ben.locator(".pill")).to_be_hidden()


async def test_what_comes_while_one_looks_elsewhere_begins_with_a_new_line(visitors: Visitors) -> None:
    ana, ben = await two_in(visitors, "marked", 40)
    await scroll(ben, -300)

    await say(ana, "first unseen")
    await say(ana, "second unseen")
    await expect(ben.locator(".pill")).to_have_text("2 new")

    await expect(ana.locator("message-list .message")).to_have_count(43)
    after_new = "document.getElementById('new').nextElementSibling.querySelector('.prose').innerText"
    assert await ben.evaluate(after_new) == "first unseen"
    assert await ana.locator("#new").count() == 0


async def test_nothing_jumps_when_a_picture_arrives_or_the_keyboard_opens(visitors: Visitors) -> None:
    ana = await visitors.sign_up("steady", viewport={"width": 390, "height": 844})
    await make_room(ana, "Steady")
    await say_lines(ana, 60)
    await ana.set_viewport_size({"width": 390, "height": 500})
    await expect(ana.locator("message-list .message").last).to_be_in_viewport()
    await ana.set_viewport_size({"width": 390, "height": 844})

    await scroll(ana, -400)
    before = await where(ana, "line 30")
    await ana.set_viewport_size({"width": 390, "height": 600})
    await ana.wait_for_function("innerHeight === 600")
    with_keyboard = await where(ana, "line 30")
    for number in ("5", "60"):  # above what is in sight, and below it
        await ana.evaluate(
            """words => {
                const picture = document.createElement("canvas")
                picture.height = 300
                ;[...document.querySelectorAll(".prose")].find(one => one.innerText === words).append(picture)
            }""",
            f"line {number}",
        )

    assert with_keyboard == before
    assert await where(ana, "line 30") == before


async def test_the_page_keeps_three_hundred_messages_whichever_way_one_goes(visitors: Visitors) -> None:
    ana = await visitors.sign_up("mass")
    slug = await make_room(ana, "Mass")
    await say_lines(ana, 340)
    count = "document.querySelectorAll('message-list > .message').length"

    assert await ana.evaluate(count) == 300
    assert (await words(ana))[0] == "line 41"
    await expect(ana.locator(".log__earlier")).to_have_count(1)
    ben = await visitors.sign_up("mass-ben", slug)
    for shown in (100, 150, 200, 250, 300):
        await scroll(ben, -1_000_000)
        await expect(ben.locator("message-list .message")).to_have_count(shown)
    await scroll(ben, -1_000_000)
    await expect(ben.locator("message-list .message", has_text="line 1").first).to_be_attached()
    await expect(ben.locator(".log__later")).to_have_count(1)

    assert await ben.evaluate(count) == 300
    assert await words(ben) == [f"line {number}" for number in range(1, 301)]
    await say(ana, "line 341")
    await expect(ben.locator(".pill")).to_have_text("1 new")
    await ben.click(".pill")
    await expect(ben.locator("message-list .message", has_text="line 341")).to_be_in_viewport()
    shown_words = await words(ben)
    assert shown_words == [f"line {number}" for number in range(342 - len(shown_words), 342)]


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
    await ana.goto(f"/rooms/{slug}/?around=1")
    await first.hover()
    await first.locator("[data-action=edit]").click()
    await ana.fill("message-edit textarea", "half a though")

    await ana.click("new-pill button")
    await expect(ana.locator("message-list .prose", has_text="line 120")).to_be_in_viewport()
    await expect(editor).to_have_count(0)
    await ana.goto(f"/rooms/{slug}/?around=1")
    await first.hover()
    await first.locator("[data-action=edit]").click()
    await expect(editor).to_have_value("half a though")
    await editor.press("Escape")
    await expect(editor).to_have_count(0)
    await first.locator("[data-action=edit]").click()

    await expect(editor).to_have_value("line 1")


async def test_who_went_to_the_end_is_there_after_a_reload_too(visitors: Visitors) -> None:
    ana = await visitors.sign_up("end-stays")
    slug = await make_room(ana, "Long way")
    await say_lines(ana, 120)
    await ana.goto(f"/rooms/{slug}/?around=1")
    await ana.click("new-pill button")
    newest = ana.locator("message-list .prose", has_text="line 120")
    await expect(newest).to_be_in_viewport()
    await ana.evaluate("window.isStillHere = true")
    await ana.locator(".message__time").nth(-2).click()
    await ana.go_back()  # from one message of the page to another: nothing is loaded for that

    await expect(newest).to_be_in_viewport()
    assert await ana.evaluate("window.isStillHere") is True
    assert ana.url.endswith(f"/rooms/{slug}/")
    await ana.reload()
    await expect(newest).to_be_in_viewport()


@pytest.mark.parametrize("status", [None, 503])
async def test_the_way_to_the_end_says_that_there_is_no_connection(status: int | None, visitors: Visitors) -> None:
    ana = await visitors.sign_up(f"end-offline-{status}")
    slug = await make_room(ana, f"Far end {status}")
    await say_lines(ana, 120)
    await ana.goto(f"/rooms/{slug}/?around=1")
    await ana.wait_for_selector(".connection--live")

    fail = (lambda route: route.fulfill(status=status)) if status else (lambda route: route.abort())
    await ana.route("**/messages/", fail)  # the newest page, and nothing else
    await ana.click("new-pill button")

    await expect(ana.locator("typing-line")).to_have_text(
        "There is no connection: what is new here could not be loaded."
    )
    assert all("ERR_FAILED" in complaint or "503" in complaint for complaint in visitors.complaints)
    visitors.complaints.clear()  # the browser says what did not pass


async def test_older_messages_come_without_moving_what_is_read(visitors: Visitors) -> None:
    ana = await visitors.sign_up("older")
    await make_room(ana, "Older")
    await say_lines(ana, 120)
    await ana.reload()
    await expect(ana.locator("message-list .message")).to_have_count(50)

    await ana.evaluate(
        """() => {
            const log = document.querySelector(".log")
            log.scrollTop = log.clientHeight - log.scrollHeight + 20
            window.place = document.querySelector("message-list .message").getBoundingClientRect().top
        }"""
    )
    first = ana.locator("message-list .message", has_text="line 71")
    await expect(ana.locator("message-list .message")).to_have_count(100)
    await settled(ana)

    assert abs(await first.evaluate("one => one.getBoundingClientRect().top - window.place")) < 1


async def test_only_what_was_seen_is_read(visitors: Visitors) -> None:
    ana, ben = await two_in(visitors, "seen", 3)
    elsewhere = await ben.context.new_page()  # the server tells it what was read
    row = elsewhere.locator("room-link[data-room=seen] .room-link__count")
    await has_read(ben, 4)
    await becomes(lambda: unread(visitors, elsewhere, "seen"), "")
    await visitors.enter(ben, "general")
    await say_lines(ana, 40)
    await expect(row).to_have_text("40 unread")

    await visitors.enter(ben, "seen")
    await expect(ben.locator("#new")).to_be_in_viewport()
    await has_read(ben, 5)
    await expect(row).to_have_text(re.compile(r"^(1[1-9]|[23]\d) unread$"))
    await say(ana, "one more")
    await expect(ben.locator("message-list .prose").last).to_have_text("one more")
    await expect(ben.locator("#new")).to_be_in_viewport()  # what is above is not read yet
    await scroll(ben, 0)
    await has_read(ben, 45)

    await expect(row).to_have_text("")


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


async def test_a_page_nobody_looks_at_reads_nothing_until_it_is_looked_at(visitors: Visitors) -> None:
    ana, ben = await two_in(visitors, "hidden", 3)
    elsewhere = await ben.context.new_page()
    row = elsewhere.locator("room-link[data-room=hidden] .room-link__count")
    await has_read(ben, 4)
    await becomes(lambda: unread(visitors, elsewhere, "hidden"), "")
    await look(ben, away=True)

    await say(ana, "is anybody there?")
    await expect(ben.locator("message-list .prose").last).to_have_text("is anybody there?")
    await expect(row).to_contain_text("1 unread")
    await look(ben, away=False)

    await expect(row).to_have_text("")


async def test_without_scripts_a_page_at_the_end_of_a_room_reads_it(visitors: Visitors) -> None:
    ana = await visitors.sign_up("plain-ana")
    slug = await make_room(ana, "Plain reading")
    ben = await visitors.sign_up("plain-ben", slug, java_script_enabled=False)
    await ben.fill("#text", "hello")
    await ben.click(".composer__send")
    await ben.goto("/rooms/general/")
    await say_lines(ana, 2)
    await ben.goto("/rooms/general/")
    row = ben.locator(f"room-link[data-room={slug}] .room-link__count")
    await expect(row).to_contain_text("2")

    async with ben.expect_response(f"**/rooms/{slug}/read?sequence=3"):
        await ben.goto(f"/rooms/{slug}/")
    await ben.goto("/rooms/general/")

    await expect(row).to_have_text("")


async def two_in(visitors: Visitors, name: str, count: int) -> tuple[Page, Page]:
    """Two members of a room in which so many lines were said."""
    ana = await visitors.sign_up(f"{name}-ana")
    slug = await make_room(ana, name.title())
    ben = await visitors.sign_up(f"{name}-ben", slug)
    await say(ben, "hello")
    await expect(ana.locator("message-list .message")).to_have_count(1)
    await say_lines(ana, count)
    await expect(ben.locator("message-list .message")).to_have_count(count + 1)
    return ana, ben


async def has_read(page: Page, sequence: int) -> None:
    await page.wait_for_function("n => document.querySelector('reader-place').lastRead >= n", arg=sequence)


async def unread(visitors: Visitors, page: Page, room: str) -> str:
    """As a fresh page says it."""
    await visitors.enter(page, "general")
    return await page.locator(f"room-link[data-room={room}] .room-link__count").inner_text()


async def scroll(page: Page, top: int) -> None:
    """The log lies upside down: 0 is its end. A frame later everybody has heard of it."""
    await page.evaluate("top => { document.querySelector('.log').scrollTop = top }", top)
    await settled(page)


async def where(page: Page, text: str) -> float:
    await settled(page)
    return await page.evaluate(
        """words => [...document.querySelectorAll(".prose")]
            .find(one => one.innerText === words).getBoundingClientRect().top""",
        text,
    )


async def look(page: Page, *, away: bool) -> None:
    await page.evaluate(
        """away => {
            Object.defineProperty(document, "hidden", { value: away, configurable: true })
            document.dispatchEvent(new Event("visibilitychange"))
        }""",
        away,
    )
