"""What a page says for a moment only: it is kept, and so found by whoever asks late."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from playwright.async_api import Locator


async def noted(place: Locator) -> Callable[[], Awaitable[list[str]]]:
    """All that is said there from now on: some of it goes after a moment, and one may look later than that."""
    await place.evaluate(
        """place => {
            place.said = []
            const note = () => { if (place.textContent) place.said.push(place.textContent) }
            new MutationObserver(note).observe(place, { childList: true })
        }"""
    )

    async def said() -> list[str]:
        return list(await place.evaluate("place => place.said"))

    return said
