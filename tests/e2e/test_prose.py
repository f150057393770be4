"""How Markdown stands on the page, and how it does while it is written."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.async_api import expect

from tests.e2e.conftest import Visitors, make_room, say
from tests.fake_llm import FakeLLM
from tests.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

PARTS = """\
One.

Two.

> Three.
>
> Four.

- five

  six

  ```
  seven
  ```

  eight

- nine
"""
GAP = (
    "part => Math.round(part.getBoundingClientRect().top - part.previousElementSibling.getBoundingClientRect().bottom)"
)
HEIGHT = "body => body.getBoundingClientRect().height"


ITEMS = "- one\n- two\n\n  ```py\n  three\n  ```"
SELECTED = "prose => { getSelection().selectAllChildren(prose); return getSelection().toString().split(/\\s+/) }"


@pytest.fixture(scope="module")
def model() -> Iterator[FakeLLM]:
    with FakeLLM() as running:
        yield running


def make_assistant_room(site: Site, model: FakeLLM, name: str, room: str) -> None:
    site.order("addassistant", name, "--provider", "openai", "--base-url", model.url, "--model", "tiny-1")
    site.order("addroom", room, "--assistant", name)


async def test_in_quotes_and_items_paragraphs_and_code_stand_as_far_apart_as_elsewhere(visitors: Visitors) -> None:
    ana = await visitors.sign_up("prose-ana")
    await make_room(ana, "Prose")
    await say(ana, PARTS)
    prose = ana.locator("message-list .message .prose")
    await expect(prose.locator("li > p")).to_have_count(4)

    apart = await prose.locator("> p + p").evaluate(GAP)

    assert apart > 0
    for within in ("blockquote > p + p", "li > p + p", "li > p + .code", "li > .code + p"):
        assert (within, await prose.locator(within).evaluate(GAP)) == (within, apart)


async def test_what_is_written_takes_no_more_room_than_when_it_is_over(
    visitors: Visitors, shared_site: Site, model: FakeLLM
) -> None:
    make_assistant_room(shared_site, model, "proser", "growing-prose")
    ana = await visitors.sign_up("prose-asker", "growing-prose")

    for text in ("> a quote", "- one\n  - below", "- one\n\n- apart", "1. Run:\n   ```\n   code", "plain"):
        hold = model.hold(text)
        await say(ana, "@proser write")
        body = ana.locator(".reply reply-body").last
        await expect(ana.locator(".reply--streaming reply-body")).to_contain_text(text[-4:])
        growing = await body.evaluate(HEIGHT)
        hold.release()
        await expect(ana.locator(".reply--streaming, .reply--thinking, .reply--queued")).to_have_count(0)

        assert (text, growing) == (text, await body.evaluate(HEIGHT))


async def test_words_of_items_cells_and_lines_are_counted_one_by_one(
    visitors: Visitors, shared_site: Site, model: FakeLLM
) -> None:
    make_assistant_room(shared_site, model, "counter", "counted-prose")
    ana = await visitors.sign_up("prose-reader", "counted-prose")
    hold = model.hold(f"{ITEMS}\n\n| a | b |\n|---|---|\n| c | d |\n\nlast\nline")

    await say(ana, "@counter write")

    await expect(ana.locator("reply-clock")).to_have_text("9 words")
    hold.release()
    await expect(ana.locator(".reply--complete")).to_have_count(1)


async def test_what_heads_code_is_neither_quoted_nor_copied(visitors: Visitors) -> None:
    ana = await visitors.sign_up("prose-copier")
    await make_room(ana, "Copied")
    await say(ana, ITEMS)
    message = ana.locator("message-list .message")
    await expect(message.locator("code-copy")).to_have_count(1)

    assert await message.locator(".prose").evaluate(SELECTED) == ["one", "two", "three"]
    await message.hover()
    await message.locator("[data-action=reply]").click()

    await expect(ana.locator(".composer__context")).to_have_text("prose-copier one two three")


async def test_code_and_addresses_say_nothing_of_the_direction_of_the_text_they_begin(visitors: Visitors) -> None:
    ana = await visitors.sign_up("prose-turner")
    await make_room(ana, "Turned")
    starts = ["`def f()`", "```py\nx = y\n```\n", "https://example.org/", "- `x`: `y` (http://x.y/z)\n-"]

    for start in starts:
        await say(ana, f"{start} مرحبا")

    await expect(ana.locator("message-list .message")).to_have_count(len(starts))
    prose = ana.locator("message-list .prose")
    assert await prose.evaluate_all("all => all.map(one => getComputedStyle(one).direction)") == ["rtl"] * len(starts)
