"""What the room costs the browser that shows it: `python -m bench.browser`, a Markdown table beside its goals.

Chromium on loopback, one site, a page of 50 messages.
"""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from bench.command import options_of, table
from bench.measured_site import MeasuredSite, open_site
from bench.page_arrivals import streaming
from bench.page_memory import memory
from bench.page_opening import bytes_of, first_paint_again, first_paints
from bench.pages import report, visitor
from tests.fake_llm import FakeLLM
from tests.servers.chromium import find_chromium


@dataclass(frozen=True, slots=True)
class Size:
    messages: int
    tokens: int = 2_000
    loads: int = 7


SMOKE = Size(messages=30, tokens=60, loads=1)


async def measure(measured: MeasuredSite, browser: Browser, size: Size) -> None:
    context = await visitor(browser, measured)
    report([await bytes_of(context)])
    report([*await first_paints(browser, measured, size.loads), await first_paint_again(context, size.loads)])
    report(await streaming(browser, context, measured, size.tokens))
    report(await memory(browser, context, measured, size.messages))


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
    parser = options_of(__doc__)
    parser.add_argument("--messages", type=int, default=10_000)
    options = parser.parse_args()
    print(table(["what", "goal", "measured", ""]))
    asyncio.run(run(SMOKE if options.smoke else Size(options.messages)))


if __name__ == "__main__":
    main()
