"""The stylesheets as they are sent."""

from __future__ import annotations

import re

import pytest

from chat.assets import STYLES, asset, source_of
from tests.e2e.conftest import Visitors

pytestmark = pytest.mark.asyncio(loop_scope="session")

RULES = """text => {
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(text)
    const bare = rule => rule instanceof CSSLayerBlockRule ? [...rule.cssRules].flatMap(bare)
        : rule instanceof CSSLayerStatementRule ? [] : [rule.cssText.replace(/\\s*([;{},])\\s*/g, "$1")]
    return [...sheet.cssRules].flatMap(bare)
}"""


async def test_styles_mean_what_they_meant_before_they_were_joined(visitors: Visitors) -> None:
    page = await visitors.open("/accounts/login/")
    for name in STYLES:
        parts = re.findall(r'url\("([^"]+)"\)', source_of(f"css/{name}"))
        rules = [rule for part in parts for rule in await page.evaluate(RULES, source_of(f"css/{part}"))]

        assert rules
        assert await page.evaluate(RULES, asset(name).content.decode()) == rules
