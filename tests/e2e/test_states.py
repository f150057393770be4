"""What stands around the composer only at times, held to WCAG by the same rules as every page."""

from __future__ import annotations

import importlib.resources
from typing import Any, Literal

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import Visitors, make_room, say

pytestmark = pytest.mark.asyncio(loop_scope="session")

AXE = importlib.resources.files("axe_playwright_python").joinpath("axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# axe writes styles of its own while it looks, which the policy refuses, as it should.
FOR_AXE: dict[str, Any] = {"bypass_csp": True, "reduced_motion": "reduce"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_in_what_comes_and_goes(visitors: Visitors, scheme: Literal["light", "dark"]) -> None:
    ana = await visitors.sign_up(f"states-{scheme}", color_scheme=scheme, **FOR_AXE)
    await make_room(ana, f"States {scheme}")

    await ana.keyboard.type("@de")
    await expect(ana.locator("[role=option]", has_text="demo")).to_be_visible()
    assert await findings(ana) == []
    await say(ana, "/nothing")
    await expect(ana.locator(".composer__problem")).to_be_visible()
    assert await findings(ana) == []
    await ana.click(".composer__help")
    await expect(ana.locator("#writing .prose").first).to_be_visible()
    assert await findings(ana) == []
    await ana.keyboard.press("Escape")
    await ana.evaluate(
        """() => document.dispatchEvent(new CustomEvent("outbox:say", { detail: { text: "x".repeat(16001) } }))"""
    )
    await expect(ana.locator("message-outbox .message--failed")).to_be_visible()
    assert await findings(ana) == []
    for state in ("reconnecting", "offline", "held", "signed-out"):
        await ana.evaluate(SHOW, state)
        assert (state, await findings(ana)) == (state, [])
    visitors.complaints.clear()  # the browser says that one status was 422


SHOW = """state => document.dispatchEvent(new CustomEvent("live:state", {
    detail: { state, retryAt: performance.now() + 9000, signIn: "/accounts/login/" },
}))"""


async def findings(page: Page) -> list[str]:
    await page.evaluate(AXE)
    found = await page.evaluate("rules => axe.run(document, { runOnly: rules })", RULES)
    return [f"{one['id']}: {node['html'][:200]}" for one in found["violations"] for node in one["nodes"]]
