"""Messages, pictures and a long reply arrive: what moves, and how long scripts run."""

from __future__ import annotations

import asyncio
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page, Route

from bench.measured_site import SECTION, MeasuredSite
from bench.pages import Row, enter, shows, to_the_end
from bench.scripting import scripting_per_frame

PICTURES = 10
PICTURES_ARE_THERE = """count => {
    const images = [...document.querySelectorAll("message-list .attachment img")]
    return images.length === count && images.slice(-2).every(image => image.complete && image.naturalWidth)
}"""
TOKENS_PER_SECOND = 150


async def streaming(browser: Browser, context: BrowserContext, measured: MeasuredSite, tokens: int) -> list[Row]:
    page = await enter(context)
    opening = await moved("layout shift, opening", page)
    await to_the_end(page)
    await shows(page, await measured.say(20))
    at_the_end = await moved("layout shift, 20 messages, at the end", page)
    measured.llm.reply_with(words(tokens), tokens_per_second=TOKENS_PER_SECOND)
    await browser.start_tracing(page=page, categories=["devtools.timeline", "toplevel"])
    await measured.ask("@writer go on")
    await page.wait_for_selector(".reply--streaming")
    await page.wait_for_selector(".reply--complete")
    scripting = scripting_per_frame(await browser.stop_tracing())
    while_reading = await moved(f"layout shift, a reply of {tokens} tokens, at the end", page)
    await scroll_up(page)
    await shows(page, await measured.say(20))
    further_up = await moved("layout shift, 20 messages, reading further up", page)
    rows = [opening, at_the_end, while_reading, further_up, await pictures(page, measured)]
    await page.close()
    return [
        *rows,
        Row(f"scripting a frame, median of {scripting.busy} with any", "≤ 4 ms", f"{scripting.median:.2f} ms"),
        Row("scripting a frame, 95 of 100", "≤ 4 ms", f"{scripting.p95:.2f} ms", scripting.p95 <= 4),
        Row("scripting a frame, the worst", "≤ 4 ms", f"{scripting.worst:.2f} ms", scripting.worst <= 4),
    ]


async def pictures(page: Page, measured: MeasuredSite) -> Row:
    """Each comes a while after its message."""

    async def late(route: Route) -> None:
        await asyncio.sleep(0.5)
        await route.continue_()

    await page.route("**/files/**", late)
    await to_the_end(page)
    await shows(page, await measured.show(PICTURES))
    await page.wait_for_function(PICTURES_ARE_THERE, arg=PICTURES)
    return await moved(f"layout shift, {PICTURES} pictures that come late, at the end", page)


async def moved(what: str, page: Page) -> Row:
    """Since this was asked last."""
    await page.wait_for_timeout(500)
    shifts: list[dict[str, Any]] = await page.evaluate("() => watched.shifts.splice(0)")
    total = sum(shift["value"] for shift in shifts)
    by = f" by {max(shifts, key=lambda shift: shift['value'])['what']}" if shifts else ""
    return Row(what, "0", f"{total:.5f}{by}", total == 0)


async def scroll_up(page: Page) -> None:
    await page.evaluate("() => { document.querySelector('.log').scrollTop = -2000 }")
    await page.wait_for_timeout(1000)
    await page.evaluate("() => watched.shifts.splice(0)")  # older messages came above


def words(count: int) -> str:
    section = SECTION.split(" ")
    return " ".join(section[number % len(section)] for number in range(count))
