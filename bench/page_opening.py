"""A room is opened: what comes for it, and when something of it is seen."""

from __future__ import annotations

import statistics
from dataclasses import replace

from playwright.async_api import Browser, BrowserContext, Page, Response

from bench.measured_site import MeasuredSite
from bench.pages import ROOM, Row, enter, visitor

FIRST_PAINT = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime"


async def bytes_of(context: BrowserContext) -> Row:
    page, answers = await context.new_page(), list[Response]()

    def note(answer: Response) -> None:  # Playwright marks what listens, and a list's own method cannot be marked
        answers.append(answer)

    page.on("response", note)
    await page.goto(ROOM, wait_until="networkidle")
    parts = [answer for answer in answers if answer.request.resource_type in ("script", "stylesheet")]
    sent = sum([(await answer.request.sizes())["responseBodySize"] for answer in parts]) / 1000
    await page.close()
    return Row(
        "CSS and JS, gzipped, as `serve` sends them", "≤ 60 KB", f"{sent:.1f} KB in {len(parts)} files", sent <= 60
    )


async def first_paints(browser: Browser, measured: MeasuredSite, loads: int) -> list[Row]:
    """In turn with a page of two letters, which is what browser and machine take by themselves."""
    times, floor = list[float](), list[float]()
    for _ in range(loads):
        context = await visitor(browser, measured)
        bare = await context.new_page()
        await bare.goto("/healthz")
        floor.append(await paint(bare))
        await context.close()
        context = await visitor(browser, measured)
        times.append(await paint(await enter(context)))
        await context.close()
    two_letters = spread("first contentful paint of a page of two letters", floor)
    return [two_letters, painted("first contentful paint, empty cache", times)]


async def first_paint_again(context: BrowserContext, loads: int) -> Row:
    times = []
    for _ in range(loads):
        page = await enter(context)
        times.append(await paint(page))
        await page.close()
    return painted("first contentful paint, again", times)


async def paint(page: Page) -> float:
    await page.wait_for_function(FIRST_PAINT)
    found: float = await page.evaluate(FIRST_PAINT)
    return found


def painted(what: str, times: list[float]) -> Row:
    return replace(spread(what, times), goal="≤ 300 ms", is_met=statistics.median(times) <= 300)


def spread(what: str, times: list[float]) -> Row:
    return Row(what, "", f"{statistics.median(times):.0f} ms ({min(times):.0f} to {max(times):.0f})")
