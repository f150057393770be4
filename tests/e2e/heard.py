"""What a page says for a moment only: it is kept, and so found by whoever asks late."""

from __future__ import annotations

from playwright.async_api import Locator, Page


async def listen(place: Locator) -> None:
    await place.evaluate(
        """place => {
            window.heard = []
            const changes = { childList: true, characterData: true, subtree: true }
            new MutationObserver(() => heard.push(place.textContent)).observe(place, changes)
        }"""
    )


async def hears(page: Page, words: str) -> None:
    await page.wait_for_function("words => heard.includes(words)", arg=words)
