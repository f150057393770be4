"""Lists and tables while they are written, as their readers see them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import Visitors, becomes, say
from tests.fake_llm import FakeLLM, Hold, Script, stream_of, tokens_of
from tests.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

ROWS = "".join(f"| row {number} | it is **good** at `{number}` |\n" for number in range(8))
ITEMS = "".join(f"{number}. **Item {number}** with `code` and more of it\n" for number in range(1, 9))
WATCHED = """body => {
    window.seen = new Set()
    window.firstOver = null
    new MutationObserver(() => {
        window.seen.add(body.innerText)
        window.firstOver ??= body.querySelector("tr:has(+ tr td), li:has(+ li)")
    }).observe(body, { childList: true, subtree: true, characterData: true })
}"""


@pytest.fixture(scope="module")
def model() -> Iterator[FakeLLM]:
    with FakeLLM() as running:
        yield running


async def asked(visitors: Visitors, site: Site, model: FakeLLM, slug: str) -> Page:
    site.order("addassistant", "lister", "--provider", "openai", "--base-url", model.url, "--model", "tiny-1")
    site.order("addroom", slug, "--assistant", "lister")
    ana = await visitors.sign_up(f"{slug}-ana", slug)
    await say(ana, "@lister which are there?")
    await ana.wait_for_selector(".reply reply-body", state="attached")
    await ana.locator(".reply reply-body").evaluate(WATCHED)
    return ana


@pytest.mark.parametrize(
    ("slug", "text"), [("growing-list", ITEMS), ("growing-table", f"| a | b |\n|---|---|\n{ROWS}")]
)
async def test_items_and_rows_come_as_such_and_those_before_them_stay(
    slug: str, text: str, visitors: Visitors, shared_site: Site, model: FakeLLM
) -> None:
    is_watched, hold = Hold(), Hold()
    begun = [is_watched.event, *tokens_of("Here:\n\n" + text[:-30], pause=0.02), hold.event]
    model.answer(Script([*begun, *stream_of(text[-30:] + "\nEnd.")]))
    ana = await asked(visitors, shared_site, model, slug)
    is_watched.release()
    body = ana.locator(".reply reply-body")
    children = body.locator("tbody > tr, ol > li")
    await expect(children).to_have_count(8)
    assert await ana.evaluate("window.firstOver.isConnected"), "what is over is not touched again"

    late = await ana.context.new_page()
    await visitors.enter(late, slug)
    late_body = late.locator(".reply reply-body")

    async def is_as_far() -> bool:
        return await late_body.inner_text() == await body.inner_text()

    await becomes(is_as_far, True)

    hold.release()
    for page in (ana, late):
        await expect(page.locator(".reply--complete reply-body > :last-child")).to_have_text("End.")
    assert await late_body.inner_html() == await body.inner_html()
    seen = await ana.evaluate("[...window.seen]")
    assert len(seen) > 10
    assert [words for words in seen if "|" in words and "row" in words] == []  # its head alone may still become text
