"""Pages in another language than English, and from right to left."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.e2e.conftest import Visitors, say
from tests.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

# What /words.js brings, of a language whose words all stand in brackets.
BRACKETS = """
    globalThis.gettext = words => `[${words}]`
    globalThis.ngettext = (one, many, count) => `[${count === 1 ? one : many}]`
"""


async def test_the_clock_of_a_reply_speaks_the_language_of_the_site(visitors: Visitors, shared_site: Site) -> None:
    shared_site.order("addroom", "clock-words", "--assistant", "demo")
    page = await visitors.sign_up("clock-reader", "clock-words")
    await page.context.add_init_script(BRACKETS)
    await page.reload()
    await page.wait_for_selector(".connection--live")

    await say(page, "@demo tell me something long")

    await expect(page.locator(".reply--streaming reply-clock")).to_have_text(re.compile(r"^\[\d+ words\]$"))
