"""Somebody's own face, zone and language; finding others."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import Visitors, becomes, make_room, say, send_form

pytestmark = pytest.mark.asyncio(loop_scope="session")

GERMAN_DAY = re.compile(r"(tag|woch), \d+\. ")  # a Mittwoch, too


async def test_a_face_a_name_and_a_zone_are_chosen(visitors: Visitors) -> None:
    ana = await visitors.sign_up("faced")
    await ana.goto("/account/")

    await ana.fill("#id_display_name", "Ana of the Hills")
    await ana.fill("#id_avatar_emoji", "🐝")
    await ana.locator("label.avatar[data-tint='6']").click()
    await ana.select_option("#id_time_zone", "Asia/Tokyo")
    await ana.click("button:has-text('Save')")
    await expect(ana.locator(".notice")).to_have_text("Saved.")
    await visitors.enter(ana, await make_room(ana, "Faces"))
    await say(ana, "buzz")

    message = ana.locator("message-list .message")
    await expect(message.locator(".message__author")).to_have_text("Ana of the Hills")
    await expect(message.locator(".avatar[data-tint='6']")).to_have_text("🐝")
    shown, meant = await message.locator("time").evaluate(
        "time => [time.textContent, new Intl.DateTimeFormat(undefined, "
        "{ hour: 'numeric', minute: '2-digit', timeZone: 'Asia/Tokyo' }).format(new Date(time.dateTime))]"
    )
    assert shown == meant


async def test_dates_follow_the_readers_own_language(visitors: Visitors) -> None:
    ana = await visitors.sign_up("linguist", locale="de-DE")
    await say(ana, "guten Tag")

    day = ana.locator("message-list .divider--day").last
    title = ana.locator("message-list local-time").last

    await expect(day).to_have_text(GERMAN_DAY)
    await expect(title).to_have_attribute("title", GERMAN_DAY)


async def test_people_are_found_here_and_written_to(visitors: Visitors) -> None:
    ana = await visitors.sign_up("seeker")
    await visitors.sign_up("sought")

    await becomes(lambda: is_listed(ana), wanted=True)
    await ana.locator("li", has_text="@sought").locator("button:has-text('Write')").click()

    await expect(ana).to_have_title("sought · Chat")
    await expect(ana.locator(".letter__title")).to_have_text("You and sought")


async def test_a_long_name_stays_within_a_small_page(visitors: Visitors) -> None:
    ana = await visitors.sign_up("reads-long-names", viewport={"width": 320, "height": 640})
    ben = await visitors.sign_up("long-name")
    profile = {"avatar_emoji": "", "avatar_tint": "0", "time_zone": ""}
    await send_form(ben, "/account/", display_name="Wolfeschlegelsteinhausenbergerdorff " * 2, **profile)

    await ana.goto("/people/long-name/")
    button = await ana.locator(".letter__buttons button").bounding_box()

    assert button is not None
    assert button["x"] + button["width"] <= 320


async def is_listed(page: Page) -> bool:
    await page.goto("/people/?kind=here")
    return await page.locator(".directory__name", has_text="sought").count() == 1
