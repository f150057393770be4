"""Real browsers before real sites. What a page complains about fails its test."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, async_playwright, expect

from tests.e2e.proxy import Proxy, proxy_before
from tests.factories import PASSWORD
from tests.servers.chromium import Chromium
from tests.site import Site

T = TypeVar("T")
LEFT_EARLY = "WebSocket is closed before the connection is established"  # a page that one has left at once
OFFLINE = "ERR_INTERNET_DISCONNECTED"  # a test has switched the browser off the net, and it says what did not go
QUICK = {"RATE_LIMITS": "0"}
PATIENCE_MS = 60_000  # a busy machine is slow, not wrong
AT_NOON = {"timezone_id": f"Etc/GMT{datetime.now(UTC).hour - 12:+d}"}  # so that no day ends while a test runs

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def shared_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One site for all tests that do it no harm; each has rooms and people of its own."""
    site = Site(tmp_path_factory.mktemp("site"), QUICK).prepare().start()
    yield site
    site.stop()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(chromium: Chromium) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        yield await playwright.chromium.launch(executable_path=chromium.executable, args=chromium.args)


@dataclass
class Visitors:
    """Makes people with a browser each, and listens to what their pages complain about.

    Without slots: Playwright hangs its wrapper of a listening method on the object itself.
    """

    browser: Browser
    site: Site
    complaints: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    async def open(self, path: str = "/", **options: Any) -> Page:
        """A browser of its own, with nobody signed in."""
        page = await self._start(**options)
        await page.goto(path)
        return page

    async def sign_up(self, name: str, room: str = "general", **options: Any) -> Page:
        """Somebody new, in a room, connected if their browser runs scripts. No other test uses this name."""
        page = await self._start(**options)
        await send_form(page, "/accounts/signup/", username=name, password1=PASSWORD, password2=PASSWORD)
        return await self.enter(page, room, is_scripted=options.get("java_script_enabled", True))

    async def enter(self, page: Page, room: str, *, is_scripted: bool = True) -> Page:
        await page.goto(f"/rooms/{room}/")
        if is_scripted:
            await page.wait_for_selector(".connection--live")
        return page

    async def _start(self, **options: Any) -> Page:
        context = await self.browser.new_context(**{"base_url": self.site.url, **options})
        context.set_default_timeout(PATIENCE_MS)
        context.on("console", self._hear)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        self.contexts.append(context)
        return await context.new_page()

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not any(known in message.text for known in (LEFT_EARLY, OFFLINE)):
            self.complaints.append(f"{message.type}: {message.text}")


Welcome = Callable[[Site], Awaitable[Visitors]]


@pytest_asyncio.fixture(loop_scope="session")
async def welcome(browser: Browser) -> AsyncIterator[Welcome]:
    """Visitors of any site. Their complaints are the test's to judge."""
    async with welcoming(browser) as make:
        yield make


@asynccontextmanager
async def welcoming(browser: Browser) -> AsyncIterator[Welcome]:
    everybody: list[Visitors] = []

    async def make(site: Site) -> Visitors:
        everybody.append(Visitors(browser, site))
        return everybody[-1]

    yield make
    for visitors in everybody:
        for context in visitors.contexts:
            await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def visitors(welcome: Welcome, shared_site: Site) -> AsyncIterator[Visitors]:
    """Visitors of the shared site, whose pages must have nothing to complain about."""
    visitors = await welcome(shared_site)
    yield visitors
    assert visitors.complaints == []


@pytest_asyncio.fixture(loop_scope="session")
async def proxy(shared_site: Site) -> AsyncIterator[Proxy]:
    async with proxy_before(shared_site.port) as proxy:
        yield proxy


async def say(page: Page, text: str) -> None:
    await page.fill("#text", text)
    await page.press("#text", "Enter")


async def say_lines(page: Page, count: int) -> None:
    """``line 1`` to ``line count``, through the outbox, as fast as the server takes them."""
    for first in range(1, count + 1, 100):  # each hundred with a time limit of its own
        await page.evaluate(
            """([first, last]) => {
                for (let line = first; line <= last; line++)
                    document.dispatchEvent(new CustomEvent("outbox:say", { detail: { text: `line ${line}` } }))
            }""",
            [first, min(first + 99, count)],
        )
        await page.wait_for_function("() => !document.querySelector('message-outbox .message')")


async def make_room(page: Page, name: str) -> str:
    """A public room, and this page in it; its slug."""
    room = await send_form(page, "/rooms/", name=name, kind="public")
    await page.goto(room)
    await page.wait_for_selector(".connection--live")
    return room.rstrip("/").rpartition("/")[2]


async def send_form(page: Page, path: str, **fields: str) -> str:
    """What the browser would send, with its cookies, but no page is drawn for it; where the answer leads to.

    Most tests need the account and the room, and not once more how they are made (test_conversation.py).
    """
    await page.request.get(path)
    (token,) = [cookie["value"] for cookie in await page.context.cookies() if cookie["name"] == "csrftoken"]
    answer = await page.request.post(path, form={**fields, "csrfmiddlewaretoken": token}, max_redirects=0)
    assert answer.status == 302, await answer.text()
    return answer.headers["location"]


async def settled(page: Page) -> None:
    """What the page does before it paints is done: places are kept then, not when something is put in."""
    await page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


async def scripted(page: Page) -> None:
    """Its elements are there. They come after the page, which is one without scripts until then."""
    await page.wait_for_selector("room-frame:defined", state="attached")


async def open_around(page: Page, slug: str, sequence: int) -> None:
    """In the middle of a room: the messages after those on the page are asked for once one comes to their end."""
    await page.goto(f"/rooms/{slug}/?around={sequence}")
    await page.wait_for_selector(".connection--live")


async def press(page: Page, button: Locator) -> None:
    """Of a form in the pane, and until the pane is there that answers it: parts of the one before follow along, too."""
    await page.evaluate("document.getElementById('main').dataset.isBefore = ''")
    await button.click()
    await expect(page.locator("#main[data-is-before]")).to_have_count(0)


async def becomes(read: Callable[[], Awaitable[T]], wanted: T) -> None:
    """Asked again and again, where `expect` has no word for what is asked."""
    until = time.monotonic() + PATIENCE_MS / 1000
    while (found := await read()) != wanted and time.monotonic() < until:
        await asyncio.sleep(0.1)
    assert found == wanted


async def words(page: Page) -> list[str]:
    """What the room says, message by message."""
    return await page.locator("message-list .message .prose").all_inner_texts()
