"""A page of the room in a browser, as its measurements open it, and what they say of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, BrowserContext, Page

from bench.command import VERDICTS, row
from bench.measured_site import MeasuredSite

SCRIPTS = Path(__file__).parent / "browser"
ROOM = "/rooms/general/"


@dataclass(frozen=True, slots=True)
class Row:
    what: str
    goal: str
    figure: str
    is_met: bool | None = None


async def visitor(browser: Browser, measured: MeasuredSite) -> BrowserContext:
    context = await browser.new_context(base_url=measured.site.url, viewport={"width": 1280, "height": 800})
    context.set_default_timeout(600_000)
    await context.add_cookies([{"name": "sessionid", "value": measured.cookie, "url": measured.site.url}])
    await context.add_init_script(path=SCRIPTS / "watch.js")
    return context


async def enter(context: BrowserContext) -> Page:
    page = await context.new_page()
    await page.goto(ROOM)
    await page.wait_for_selector(".connection--live")
    return page


async def to_the_end(page: Page) -> None:
    """A page opens where its reader stopped, and who reads further up is not given more than a few pages below."""
    await page.evaluate("() => document.dispatchEvent(new CustomEvent('list:to-end'))")
    await page.wait_for_timeout(500)


async def shows(page: Page, sequence: int) -> None:
    """However it came by it: one by one, or as a fresh page because too much had changed."""
    await page.wait_for_function(
        "said => document.querySelector('message-list').lastSequence >= said", arg=sequence, polling=250
    )


def report(rows: list[Row]) -> None:
    for one in rows:
        print(row([one.what, one.goal, one.figure, VERDICTS[one.is_met]]), flush=True)
