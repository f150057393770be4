"""Nothing moves by itself: not while a page opens, and not once its scripts run."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest
from playwright.async_api import Page, Route, expect

from tests.e2e.conftest import Visitors, Welcome, make_room, say, say_lines
from tests.e2e.pictures import choose, picture, text_file
from tests.e2e.proxy import Proxy
from tests.e2e.uploads import begin_large
from tests.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

WATCH = """
    const moved = []
    const note = entries => {
        for (const { value, hadRecentInput, sources } of entries)
            if (value > 0 && !hadRecentInput) moved.push(sources.map(({ node }) => node?.className))
    }
    const observer = new PerformanceObserver(list => note(list.getEntries()))
    observer.observe({ type: "layout-shift", buffered: true })
    window.movedSince = async () => {
        for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame)
        await new Promise(done => setTimeout(done, 50))
        note(observer.takeRecords())
        return moved.splice(0)
    }
"""
LOOK = """() => [...document.querySelectorAll("message-list > *")].map(one => one.matches(".divider")
    ? one.textContent : [one.matches(".message--follow"), one.querySelector("time").textContent])"""


@pytest.mark.parametrize(("locale", "zone"), [("en-GB", "Asia/Kolkata"), ("en-US", "America/St_Johns")])
async def test_a_page_opens_as_it_stays(visitors: Visitors, locale: str, zone: str) -> None:
    ana = await visitors.sign_up(f"still-{locale.lower()}", locale=locale, timezone_id=zone)
    slug = await make_room(ana, f"Still {locale}")
    await say_lines(ana, 12)
    await ana.context.add_init_script(WATCH)

    await visitors.enter(ana, slug)
    await expect(ana.locator("message-list .message")).to_have_count(12)

    assert await moved(ana) == []


async def test_pictures_come_late_and_nothing_moves(visitors: Visitors) -> None:
    """Neither for who sends them, nor for who sees them come, nor while a page opens that has some."""
    ana = await visitors.sign_up("still-ana")
    slug = await make_room(ana, "Still pictures")
    ben = await visitors.sign_up("still-ben", slug)
    await say_lines(ben, 1)  # the header follows who belongs to the room
    await say_lines(ana, 29)
    for page in (ana, ben):
        await page.context.add_init_script(WATCH)
        await page.context.route("**/files/**", late)
        await visitors.enter(page, slug)
        await page.evaluate("document.dispatchEvent(new CustomEvent('list:to-end'))")

    await choose(ana, picture("wide.jpg", (2400, 900)), picture("tall.png", (600, 1800)), text_file("list.csv"))
    await choose(ana, picture("turned.jpg", (800, 500), is_turned=True))
    await moved(ana)  # what is chosen makes room for itself
    await say(ana, "four")
    await choose(ben, picture("alone.png", (200, 150)))
    await moved(ben)
    await ben.press("#text", "Enter")
    for page in (ana, ben):
        await all_seen(page, 4)
        await expect(page.locator("[alt='turned.jpg']")).to_have_attribute("width", "500")
        assert await moved(page) == []
    await ben.reload()
    await all_seen(ben, 4)

    assert await moved(ben) == []


async def test_how_far_a_file_is_stays_where_it_is_said(proxy: Proxy, welcome: Welcome) -> None:
    """Once the server has all of it nothing can be cancelled any more, however long its answer takes."""
    ana = await (await welcome(cast("Site", proxy))).sign_up("still-sending")
    await make_room(ana, "Still sending")
    proxy.held_uploads = asyncio.Event()
    line = await begin_large(ana)
    bar, cancel = ana.locator(".sending progress"), ana.locator(".sending [data-do=cancel]")
    await expect(cancel).to_be_visible()
    place = await bar.bounding_box()

    await line.widen()
    await expect(cancel).to_be_hidden()

    assert await bar.bounding_box() == place
    proxy.held_uploads.set()
    await expect(ana.locator("message-list .attachment--file")).to_have_count(1)


async def moved(page: Page) -> list[Any]:
    """Since this was asked before, or the page was opened."""
    found: list[Any] = await page.evaluate("movedSince()")
    return found


async def test_a_draft_is_there_when_the_page_is(visitors: Visitors) -> None:
    """Its lines, what it answers and its files take the room they need before anything is painted."""
    ana = await visitors.sign_up("still-drafting")
    slug = await make_room(ana, "Still drafts")
    await say_lines(ana, 30)
    await ana.locator("message-list .message").last.hover()
    await ana.locator("message-list .message").last.locator("[data-action=reply]").click()
    await ana.fill("#text", "one\ntwo\nthree")
    await choose(ana, picture("wide.jpg", (2400, 900)), text_file("list.csv"))
    await ana.context.add_init_script(WATCH)
    await ana.context.route("**/files.*.js", late)

    await visitors.enter(ana, slug)
    await expect(ana.locator(".files__picture[src]")).to_have_count(1)
    await expect(ana.locator(".files__one bdi")).to_have_text(["wide.jpg", "list.csv"])
    await expect(ana.locator(".composer__context")).to_contain_text("line 30")

    assert await moved(ana) == []
    await expect(ana.locator("head > script[blocking=render]")).to_have_count(1)
    await ana.click("[aria-label='Remove list.csv']")
    await ana.press("#text", "Enter")
    await expect(ana.locator("message-list .message").last).to_contain_text("three")
    await expect(ana.locator("message-list .attachment")).to_have_count(1)
    await visitors.enter(ana, slug)
    await expect(ana.locator("head > script[blocking=render]")).to_have_count(0)


async def late(route: Route) -> None:
    await asyncio.sleep(0.7)  # later than anything that a browser would forgive because of a key that was pressed
    await route.continue_()


async def all_seen(page: Page, count: int) -> None:
    await page.wait_for_function(
        """count => {
            const images = [...document.querySelectorAll("message-list .attachment img")]
            return images.length === count && images.every(image => image.complete && image.naturalWidth)
        }""",
        arg=count,
    )


async def test_a_page_without_scripts_is_grouped_like_one_with_them(visitors: Visitors) -> None:
    ana = await visitors.sign_up("drawn", locale="en-GB", timezone_id="Asia/Kolkata")
    slug = await make_room(ana, "Drawn")
    await say_lines(ana, 4)
    scripted = await looks(await visitors.enter(ana, slug))

    await ana.route("**/assets/app.*.js", lambda route: route.abort())
    await ana.goto(f"/rooms/{slug}/")
    drawn = await looks(ana)
    visitors.complaints.clear()  # the browser says what it was not given

    assert drawn[1:] == scripted[1:]
    assert [said if isinstance(said, str) else said[0] for said in drawn][1:] == [False, True, True, True]


async def looks(page: Page) -> list[Any]:
    found: list[Any] = await page.evaluate(LOOK)
    return found
