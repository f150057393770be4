"""What is copied is in the clipboard, or else it is shown, so that it can be copied by hand."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import Visitors, becomes, say
from tests.e2e.heard import noted
from tests.fake_llm import FakeLLM
from tests.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

# The clipboard is open for as long as the press is being told of; what was promised then may come later.
AS_IN_SAFARI = """() => {
    let isPressing = false
    addEventListener("click", () => {
        isPressing = true
        setTimeout(() => { isPressing = false })
    }, { capture: true })
    const take = async read => {
        if (!isPressing) throw new DOMException("too late", "NotAllowedError")
        window.copied = await read()
    }
    navigator.clipboard.writeText = text => take(() => text)
    navigator.clipboard.write = ([item]) => take(async () => (await item.getType("text/plain")).text())
}"""
REFUSING = """() => {
    const refuse = async () => { throw new DOMException("not here", "NotAllowedError") }
    Object.assign(navigator.clipboard, { write: refuse, writeText: refuse })
}"""


async def one_answer(visitors: Visitors, site: Site, name: str) -> Page:
    with FakeLLM() as model:
        model.reply_with("**Beans**, and `peas`.")
        site.order("addassistant", name, "--provider", "openai", "--base-url", model.url, "--model", "tiny-1")
        site.order("addroom", f"{name}-room", "--assistant", name)
        page = await visitors.sign_up(f"{name}-ana", f"{name}-room")
        await say(page, f"@{name} what grows?")
        await expect(page.locator(".reply--complete")).to_have_count(1)
    await page.hover(".reply")
    return page


async def test_markdown_is_copied_in_the_moment_of_the_press_though_it_comes_later(
    visitors: Visitors, shared_site: Site
) -> None:
    page = await one_answer(visitors, shared_site, "copies-at-once")
    await page.evaluate(AS_IN_SAFARI)
    said = await noted(page.locator("message-actions"))

    await page.click(".reply [data-action=copy]")
    await becomes(said, ["The text is copied."])
    assert await page.evaluate("window.copied") == "**Beans**, and `peas`."
    await page.click(".reply [data-action=link]")
    await becomes(said, ["The text is copied.", "The link is copied."])

    assert re.search(r"/rooms/copies-at-once-room/\?around=2#message-\d+$", await page.evaluate("window.copied"))


async def test_where_a_browser_has_no_promises_for_its_clipboard_it_is_copied_all_the_same(
    visitors: Visitors, shared_site: Site
) -> None:
    page = await one_answer(visitors, shared_site, "copies-plainly")
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await page.evaluate("delete window.ClipboardItem")
    said = await noted(page.locator("message-actions"))

    await page.click(".reply [data-action=copy]")
    await becomes(said, ["The text is copied."])

    assert await page.evaluate("navigator.clipboard.readText()") == "**Beans**, and `peas`."


async def test_a_line_that_broke_is_told_and_a_clipboard_that_refuses_leads_to_the_words(
    visitors: Visitors, shared_site: Site
) -> None:
    page = await one_answer(visitors, shared_site, "copies-in-vain")
    await page.evaluate(REFUSING)
    await page.route("**/source/", lambda route: route.abort(), times=1)

    await page.click(".reply [data-action=copy]")
    await expect(page.locator("typing-line")).to_have_text("There is no connection. Try again.")
    await expect(page.locator("#text")).to_have_count(1)
    await page.click(".reply [data-action=copy]")

    await page.wait_for_url("**/source/")
    assert await page.inner_text("body") == "**Beans**, and `peas`."
    visitors.complaints.clear()  # the browser says which request failed


async def test_the_code_of_a_reply_can_be_copied(visitors: Visitors, shared_site: Site) -> None:
    shared_site.order("addroom", "copy", "--assistant", "demo")
    page = await visitors.sign_up("copy", "copy", permissions=["clipboard-read", "clipboard-write"])

    await say(page, "@demo show me some code")
    await expect(page.locator(".reply--complete .code")).to_have_count(2)
    await page.reload()  # so that no end of the reply draws it anew under the pointer
    code = page.locator(".reply--complete .code").first
    said = await noted(code.locator("[aria-live]"))
    await code.locator("[data-do=copy]").click()
    await becomes(said, ["Copied"])
    copied = await page.evaluate("navigator.clipboard.readText()")
    assert copied == await code.locator("code").text_content()
    assert copied.startswith("def count_to(number: int) -> str:\n")
