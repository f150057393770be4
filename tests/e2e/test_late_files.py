"""What is done before the code for files is there waits for it, and is not done in a room that was left meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Page, Route, expect

from tests.e2e.conftest import Visitors, make_room, say, settled
from tests.e2e.pictures import BRING, INPUT, choose, picture, text_file
from tests.e2e.uploads import ORDER

pytestmark = pytest.mark.asyncio(loop_scope="session")

CODE = "**/assets/files.*.js"
FROZEN_S = 20


@asynccontextmanager
async def held(page: Page, address: str) -> AsyncIterator[asyncio.Event]:
    """What comes from there is on its way until this ends; the event says that it was asked for."""
    is_asked, may_come, has_come = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        is_asked.set()
        await may_come.wait()
        await route.fulfill(response=await route.fetch())
        has_come.set()

    await page.route(address, hold, times=1)
    yield is_asked
    may_come.set()
    await has_come.wait()


async def asked(event: asyncio.Event) -> None:
    async with asyncio.timeout(60):
        await event.wait()


async def leave(page: Page) -> None:
    """For another room, by its link: the page stays."""
    await page.evaluate("document.body.dataset.stays = ''")
    await page.click(".rooms a[href='/rooms/general/']")
    await expect(page.locator(".header__title")).to_contain_text("General")


async def test_words_wait_for_the_file_that_was_pasted_to_them(visitors: Visitors) -> None:
    ana = await visitors.sign_up("pastes-and-sends")
    await make_room(ana, "Pasted early")
    await ana.fill("#text", "see this")

    async with held(ana, CODE) as is_asked:
        assert await ana.evaluate(BRING, ["#text", "paste", ["early.txt"]])
        await asked(is_asked)
        await ana.press("#text", "Enter")
        await expect(ana.locator("#text")).to_have_value("see this")

    await expect(ana.locator("message-list .attachment--file")).to_contain_text("early.txt")
    assert await ana.evaluate(ORDER) == ["see this,early.txt"]
    await expect(ana.locator("#text")).to_have_value("")


async def test_words_do_not_go_without_a_file_that_was_refused_meanwhile(visitors: Visitors) -> None:
    ana = await visitors.sign_up("pastes-nothing")
    await make_room(ana, "Pasted empty")
    await ana.fill("#text", "see this")

    async with held(ana, CODE) as is_asked:
        await ana.set_input_files(".composer__attach input", [text_file("empty.txt", "")])
        await asked(is_asked)
        await ana.press("#text", "Enter")

    await expect(ana.locator(".composer__problem")).to_have_text("empty.txt is empty.")
    await expect(ana.locator("#text")).to_have_value("see this")
    await expect(ana.locator(".log .message")).to_have_count(0)


async def test_a_room_may_be_left_while_what_was_sent_there_waits_for_its_files(visitors: Visitors) -> None:
    ana = await visitors.sign_up("sends-and-leaves")
    slug = await make_room(ana, "Left early")
    await choose(ana, text_file("draft.txt"))
    await ana.fill("#text", "not yet")

    async with held(ana, CODE) as is_asked:
        await visitors.enter(ana, slug)
        await asked(is_asked)
        await ana.press("#text", "Enter")
        await leave(ana)

    async with asyncio.timeout(FROZEN_S):
        await ana.evaluate("new Promise(done => setTimeout(done, 500))")
    await visitors.enter(ana, slug)
    await expect(ana.locator("#text")).to_have_value("not yet")
    await expect(ana.locator(".files__one")).to_contain_text("draft.txt")


@pytest.mark.parametrize(
    ("pressed", "address"), [("message-list .attachment--picture", CODE), (".composer__help", "**/help/writing/**")]
)
async def test_who_has_left_is_not_led_away_by_what_was_pressed_before(
    visitors: Visitors, pressed: str, address: str
) -> None:
    name = "picture" if address == CODE else "help"
    ana = await visitors.sign_up(f"late-{name}")
    slug = await make_room(ana, f"Late {name}")
    await choose(ana, picture("one.png", (30, 20)))
    await say(ana, "a picture")
    await expect(ana.locator("message-list .attachment--picture")).to_be_visible()
    await visitors.enter(ana, slug)

    async with held(ana, address) as is_asked:
        await ana.click(pressed)
        await asked(is_asked)
        await leave(ana)
    await ana.evaluate("new Promise(done => setTimeout(done, 500))")

    await expect(ana.locator("body[data-stays]")).to_have_count(1)
    await expect(ana.locator("dialog:modal")).to_have_count(0)


async def test_nor_told_in_the_room_that_came_that_it_did_not_arrive(visitors: Visitors) -> None:
    ana = await visitors.sign_up("late-offline")
    await make_room(ana, "Late offline")
    await ana.evaluate(
        """document.addEventListener("live:refused", ({ detail }) => { document.body.dataset.refused = detail })"""
    )
    is_asked, may_fail = asyncio.Event(), asyncio.Event()

    async def fail(route: Route) -> None:
        is_asked.set()
        await may_fail.wait()
        await route.abort("internetdisconnected")

    await ana.route("**/help/writing/**", fail)
    await ana.click(".composer__help")
    await asked(is_asked)
    await leave(ana)
    async with ana.expect_event("requestfailed"):
        may_fail.set()
    await settled(ana)

    await expect(ana.locator("body[data-stays]:not([data-refused])")).to_have_count(1)


async def test_a_file_that_is_chosen_before_any_script_came_goes_with_the_words(visitors: Visitors) -> None:
    ana = await visitors.sign_up("picks-before-scripts")
    slug = await make_room(ana, "Chosen early")

    async with held(ana, "**/assets/app.*.js") as is_asked:
        await ana.goto(f"/rooms/{slug}/", wait_until="commit")
        await asked(is_asked)
        await ana.set_input_files(INPUT, [text_file("early.csv")])
    await expect(ana.locator(".files__one bdi")).to_have_text(["early.csv"])
    await say(ana, "see this")

    await expect(ana.locator("message-list .message")).to_have_count(1)
    assert await ana.evaluate(ORDER) == ["see this,early.csv"]
