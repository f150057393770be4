"""The reader's place: nothing jumps, whatever comes or goes."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import Visitors, make_room, say, say_lines, settled, words
from tests.e2e.scrolling import go_up, scroll, tell_lines, two_in, where

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
    await ana.wait_for_function("innerHeight === 844")

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
    told = tell_lines(visitors.site, slug, 300) + [f"line {number}" for number in range(1, 41)]
    await visitors.enter(ana, slug)
    await go_up(ana, 300)
    await scroll(ana, 0)
    await say_lines(ana, 40)

    assert await words(ana) == told[40:]
    await expect(ana.locator(".log__earlier")).to_have_count(1)
    ben = await visitors.sign_up("mass-ben", slug)
    await go_up(ben, 300)
    await scroll(ben, -1_000_000)
    await expect(ben.locator("message-list .prose").first).to_have_text(told[0])
    await expect(ben.locator(".log__later")).to_have_count(1)

    assert await words(ben) == told[:300]
    await say(ana, "the last")
    await expect(ben.locator(".pill")).to_have_text("1 new")
    await ben.click(".pill")
    await expect(ben.locator("message-list .message", has_text="the last")).to_be_in_viewport()
    shown = await words(ben)
    assert shown == [*told, "the last"][-len(shown) :]


async def test_who_reads_on_from_a_message_that_was_linked_leaves_it_behind(visitors: Visitors) -> None:
    ana = await visitors.sign_up("onward")
    slug = await make_room(ana, "Onward")
    visitors.site.manage("fillroom", slug, "--messages=700", "--force")
    sequences = (
        "() => [...document.querySelectorAll('message-list > .message')].map(one => Number(one.dataset.sequence))"
    )
    await ana.goto(f"/rooms/{slug}/?around=1")
    await ana.locator("message-list .message").first.focus()

    shown = [await ana.evaluate(sequences)]
    while shown[-1][-1] < 700:
        await scroll(ana, 0)
        await ana.wait_for_function(f"last => ({sequences})().at(-1) > last", arg=shown[-1][-1])
        shown.append(await ana.evaluate(sequences))

    assert 500 < max(map(len, shown)) <= 600  # while it may still be looked at
    assert all(page == list(range(page[0], page[-1] + 1)) for page in shown)
    await expect(ana.locator(".log")).to_be_focused()


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


async def test_back_from_a_message_that_was_quoted_leads_to_where_one_read(visitors: Visitors) -> None:
    ana = await visitors.sign_up("quoter")
    slug = await make_room(ana, "Quotes")
    await say_lines(ana, 40)
    await ana.evaluate("document.querySelector('[data-action=reply]').click()")
    await say(ana, "to the first")
    await say_lines(ana, 5)
    await scroll(ana, -100)
    read = await where(ana, "to the first")

    await ana.click("message-list .message__quote")
    await expect(ana.locator("message-list .message").first).to_be_in_viewport()
    await scroll(ana, -500)
    quoted = await where(ana, "line 20")
    await ana.go_back()
    await expect(ana.locator("message-list .prose", has_text="to the first")).to_be_in_viewport()
    assert await where(ana, "to the first") == read

    await ana.go_forward()
    await expect(ana.locator("message-list .prose", has_text="line 20")).to_be_in_viewport()
    assert await where(ana, "line 20") == quoted
    await ana.click("room-link[data-room=general] a")
    await expect(ana).to_have_title("General · Chat")
    await ana.go_back()

    await expect(ana).to_have_title("Quotes · Chat")
    assert ana.url.endswith(f"/rooms/{slug}/?around=1#message-{await first_of(ana)}")
    assert await where(ana, "line 20") == quoted


async def test_the_address_of_a_message_of_the_page_leads_to_it_later_too(visitors: Visitors) -> None:
    ana = await visitors.sign_up("addressed")
    await make_room(ana, "Addressed")
    await say_lines(ana, 120)
    message = ana.locator("message-list .message", has_text="line 40")

    await message.locator(".message__time").click()
    await expect(ana.locator(".message:target")).to_contain_text("line 40")
    await ana.reload()

    await expect(ana.locator(".message:target")).to_contain_text("line 40")
    await expect(message).to_be_in_viewport()


async def test_from_one_message_of_the_page_to_the_next_nothing_is_loaded(visitors: Visitors) -> None:
    ana = await visitors.sign_up("strider")
    slug = await make_room(ana, "Strides")
    await say_lines(ana, 120)
    loaded: list[str] = []
    ana.on("request", lambda request: loaded.append(request.url) if f"/rooms/{slug}/?" in request.url else None)

    for line in ("line 40", "line 100", "line 60"):
        time = ana.locator("message-list .message", has_text=line).locator(".message__time")
        await time.evaluate("link => link.click()")  # nothing is scrolled on the way there
        await expect(ana.locator(".message:target")).to_contain_text(line)
        await expect(ana.locator(".message:target")).to_be_in_viewport()
    assert not loaded

    for line in ("line 100", "line 40"):
        await ana.go_back()
        await expect(ana.locator("message-list .message", has_text=line)).to_be_in_viewport()
    await ana.go_back()
    await expect(ana.locator("message-list .message").last).to_be_in_viewport()


async def test_a_message_of_a_page_that_was_left_is_found_again(visitors: Visitors) -> None:
    ana = await visitors.sign_up("page-returner")
    await make_room(ana, "Returns")
    await say_lines(ana, 120)
    message = ana.locator("message-list .message", has_text="line 40")
    await message.locator(".message__time").evaluate("link => link.click()")  # from the end
    await expect(message).to_be_in_viewport()
    await ana.click("room-link[data-room=general] a")
    await expect(ana).to_have_title("General · Chat")

    await ana.evaluate("history.go(-2)")
    await expect(ana).to_have_title("Returns · Chat")
    await expect(message).to_have_count(0)  # the newest, loaded anew
    await ana.go_forward()

    await expect(message).to_be_in_viewport()


async def first_of(page: Page) -> str:
    identity = await page.locator("message-list > .message").first.get_attribute("id")
    return (identity or "").removeprefix("message-")


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
