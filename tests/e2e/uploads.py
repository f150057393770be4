"""Messages with files on their way, and what of them is where."""

from __future__ import annotations

from playwright.async_api import CDPSession, Page

from tests.e2e.conftest import say
from tests.e2e.pictures import choose, noise

MB = 1_000_000
ORDER = """() => [...document.querySelectorAll("message-list .message")].map(message =>
    [...message.querySelectorAll(".prose, .attachment img, .attachment--file bdi")].map(part =>
        part.alt ?? part.innerText.trim()).join())"""


class Line:
    """A browser's way to the server: narrow, so that there is a middle of an upload, until it is widened."""

    def __init__(self, devtools: CDPSession) -> None:
        self._devtools = devtools

    @classmethod
    async def narrow(cls, page: Page) -> Line:
        line = cls(await page.context.new_cdp_session(page))
        await line._limit(30_000)
        return line

    async def widen(self) -> None:
        await self._limit(-1)

    async def _limit(self, bytes_a_second: int) -> None:
        conditions = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": bytes_a_second}
        await self._devtools.send("Network.emulateNetworkConditions", conditions)


async def is_under_way(page: Page) -> None:
    await page.wait_for_function("() => document.querySelector('message-outbox progress')?.value > 0")


async def begin_large(page: Page) -> Line:
    """A message with a large file, and we are in the middle of its upload."""
    await choose(page, noise("large.bin", 3 * MB))
    line = await Line.narrow(page)
    await say(page, "large")
    await is_under_way(page)
    return line


async def names_left(page: Page) -> list[str]:
    """What this browser still keeps."""
    found: list[str] = await page.evaluate(
        """() => new Promise(resolve => {
            indexedDB.open("files", 1).onsuccess = event => {
                const store = event.target.result.transaction("files").objectStore("files")
                store.getAllKeys().onsuccess = keys => resolve(keys.target.result)
            }
        })"""
    )
    return found
