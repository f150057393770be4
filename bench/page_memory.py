"""Ten thousand messages arrive: what the page keeps of them. A second page hears the same frames and only appends them
(`browser/naive.js`), so that memory has something to be compared with."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.async_api import Browser, BrowserContext, Page

from bench.measured_site import MeasuredSite
from bench.pages import ROOM, SCRIPTS, Row, enter, shows, to_the_end, visitor

CALM = "() => arrived > 0 && arrived === (window.before ?? -1) || void (window.before = arrived)"


@dataclass(frozen=True, slots=True)
class Weight:
    """Of what the server sent: MB of JavaScript in use after a collection, and nodes of the document."""

    heap: float
    nodes: int


async def memory(browser: Browser, context: BrowserContext, measured: MeasuredSite, messages: int) -> list[Row]:
    """Each has a window of its own: one that is behind another is not painted."""
    page, naive = await enter(context), await (await visitor(browser, measured)).new_page()
    await to_the_end(page)
    await naive.goto("/healthz")
    address = f"ws{measured.site.url.removeprefix('http')}/ws{ROOM}"
    await naive.evaluate((SCRIPTS / "naive.js").read_text(), address)
    first = messages // 10
    early = await after(first, measured, page, naive)
    late = await after(messages - first, measured, page, naive)
    shown = await page.locator("message-list .message").count()
    appended = await naive.evaluate("arrived")
    return [
        *compared("product", first, messages, early[0], late[0], is_judged=True),
        Row("messages in its document", "≤ 300", str(shown), shown <= 300),
        Row("messages in the document of the page that appends", "", f"{appended:,}"),
        *compared("page that appends", first, messages, early[1], late[1], is_judged=False),
    ]


async def after(count: int, measured: MeasuredSite, page: Page, naive: Page) -> tuple[Weight, Weight]:
    await shows(page, await measured.say(count))
    await naive.wait_for_function(CALM, polling=2_000)
    return await weight(page), await weight(naive)


async def weight(page: Page) -> Weight:
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("Performance.enable")
    for _ in range(3):
        await devtools.send("HeapProfiler.collectGarbage")
    metrics = (await devtools.send("Performance.getMetrics"))["metrics"]
    found = {metric["name"]: metric["value"] for metric in metrics}
    return Weight(found["JSHeapUsedSize"] / 1e6, int(found["Nodes"]))


def compared(who: str, first: int, last: int, early: Weight, late: Weight, *, is_judged: bool) -> list[Row]:
    span = f"after {first:,} and {last:,} messages"
    is_flat = [late.heap <= early.heap * 1.1 + 0.5, late.nodes <= early.nodes * 1.1]
    figures = f"{early.heap:.1f} → {late.heap:.1f} MB", f"{early.nodes:,} → {late.nodes:,}"
    names = f"{who}: JS heap {span}", f"{who}: nodes {span}"
    goal = "flat" if is_judged else ""
    return [
        Row(name, goal, figure, flat if is_judged else None)
        for name, figure, flat in zip(names, figures, is_flat, strict=True)
    ]
