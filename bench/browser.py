"""What the room costs the browser that shows it: `python -m bench.browser`, a Markdown table beside its goals.

Chromium on loopback, one site, a page of 50 messages. In the last part a second page hears the same frames and only
appends them (`browser/naive.js`), so that memory has something to be compared with.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import statistics
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page, Response, Route, async_playwright

from bench.measured_site import SECTION, MeasuredSite, open_site
from bench.scripting import scripting_per_frame
from tests.fake_llm import FakeLLM
from tests.servers.chromium import find_chromium

SCRIPTS = Path(__file__).parent / "browser"
ROOM = "/rooms/general/"
CALM = "() => arrived > 0 && arrived === (window.before ?? -1) || void (window.before = arrived)"
PICTURES = 10
PICTURES_ARE_THERE = """count => {
    const images = [...document.querySelectorAll("message-list .attachment img")]
    return images.length === count && images.slice(-2).every(image => image.complete && image.naturalWidth)
}"""
TOKENS_PER_SECOND = 150
FIRST_PAINT = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime"


@dataclass(frozen=True, slots=True)
class Size:
    messages: int
    tokens: int = 2_000
    loads: int = 7


SMOKE = Size(messages=30, tokens=60, loads=1)


@dataclass(frozen=True, slots=True)
class Row:
    what: str
    goal: str
    figure: str
    is_met: bool | None = None


@dataclass(frozen=True, slots=True)
class Weight:
    """Of what the server sent: MB of JavaScript in use after a collection, and nodes of the document."""

    heap: float
    nodes: int


async def measure(measured: MeasuredSite, browser: Browser, size: Size) -> None:
    context = await visitor(browser, measured)
    report(await bytes_of(context))
    report([*await first_paints(browser, measured, size.loads), await first_paint_again(context, size.loads)])
    report(await streaming(browser, context, measured, size.tokens))
    report(await memory(browser, context, measured, size.messages))


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


# --- opening ---


async def bytes_of(context: BrowserContext) -> list[Row]:
    page, answers = await context.new_page(), list[Response]()

    def note(answer: Response) -> None:  # Playwright marks what listens, and a list's own method cannot be marked
        answers.append(answer)

    page.on("response", note)
    await page.goto(ROOM, wait_until="networkidle")
    parts = [answer for answer in answers if answer.request.resource_type in ("script", "stylesheet")]
    packed = sum([len(gzip.compress(await answer.body(), 6)) for answer in parts]) / 1000
    sent = sum([(await answer.request.sizes())["responseBodySize"] for answer in parts]) / 1000
    await page.close()
    return [
        Row("CSS and JS, gzipped", "≤ 60 KB", f"{packed:.1f} KB in {len(parts)} files", packed <= 60),
        Row("CSS and JS, as `serve` sends them", "", f"{sent:.1f} KB"),
    ]


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


# --- messages and a long reply arrive ---


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


async def to_the_end(page: Page) -> None:
    """A page opens where its reader stopped, and who reads further up is not given more than a few pages below."""
    await page.evaluate("() => document.dispatchEvent(new CustomEvent('list:to-end'))")
    await page.wait_for_timeout(500)


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


# --- ten thousand messages ---


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


async def shows(page: Page, sequence: int) -> None:
    """However it came by it: one by one, or as a fresh page because too much had changed."""
    await page.wait_for_function(
        "said => document.querySelector('message-list').lastSequence >= said", arg=sequence, polling=250
    )


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


async def run(size: Size) -> None:
    chromium = find_chromium()
    with tempfile.TemporaryDirectory(prefix="chat-bench-") as directory, FakeLLM() as llm:
        measured = open_site(Path(directory), llm)
        try:
            async with async_playwright() as playwright:
                browser = await playwright.chromium.launch(executable_path=chromium.executable, args=chromium.args)
                await measure(measured, browser, size)
        finally:
            measured.site.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--smoke", action="store_true", help="a tiny size, in seconds: does it run at all?")
    options = parser.parse_args()
    print("| what | goal | measured | |\n| --- | --- | --- | --- |")
    asyncio.run(run(SMOKE if options.smoke else Size(options.messages)))


def report(rows: list[Row]) -> None:
    for row in rows:
        verdict = "" if row.is_met is None else "met" if row.is_met else "**missed**"
        print(f"| {row.what} | {row.goal} | {row.figure} | {verdict} |", flush=True)


if __name__ == "__main__":
    main()
