"""axe-core over pages: what a program can tell of WCAG 2.2 AA."""

from __future__ import annotations

import importlib.resources
from typing import Any, Literal

from playwright.async_api import Page

AXE = importlib.resources.files("axe_playwright_python").joinpath("axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
# axe writes styles of its own while it looks, which the policy refuses, as it should.
FOR_AXE: dict[str, Any] = {"bypass_csp": True, "reduced_motion": "reduce"}


async def findings_on(page: Page, paths: list[str]) -> list[str]:
    found: list[str] = []
    for path in paths:
        await page.goto(path)
        for scheme in SCHEMES:
            await page.emulate_media(color_scheme=scheme)
            found += [f"{path} {scheme}: {finding}" for finding in await findings(page)]
    return found


async def findings(page: Page) -> list[str]:
    await page.evaluate(AXE)
    result: dict[str, Any] = await page.evaluate(
        "rules => axe.run(document, { runOnly: rules, preload: false, resultTypes: ['violations'] })", RULES
    )
    return [
        f"{violation['id']}: {node['html'][:160]} {node['failureSummary'][:200] if node.get('failureSummary') else ''}"
        for violation in result["violations"]
        for node in violation["nodes"]
    ]
