"""What is very long shows its beginning; what one has opened, or seen growing, stays as it is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Locator, Page, expect

from tests.e2e.conftest import Visitors, becomes, make_room, say, send_form
from tests.e2e.heard import noted
from tests.fake_llm import FakeLLM
from tests.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

IS_READ = """() => {
    const [words, code] = document.querySelectorAll(".reply reply-body p, .reply pre")
    const isIts = getSelection().anchorNode.parentNode === words
    return [String(getSelection()), isIts, code.scrollLeft, document.activeElement === code]
}"""
READ = f"""() => {{
    const [words, code] = document.querySelectorAll(".reply reply-body p, .reply pre")
    code.scrollLeft = 80
    getSelection().setBaseAndExtent(words.firstChild, 5, words.firstChild, 9)
    return ({IS_READ})()
}}"""
UNFOLD = """() => {
    const fold = document.querySelector(".reply message-fold")
    const words = fold.querySelector("reply-body")
    keepingSelection(words, () => fold.replaceWith(words))
    return String(getSelection())
}"""
STATE = ["this", True, 80, True]
POINTS = "\n".join(f"- point {number}" for number in range(60))


async def test_what_was_opened_stays_open_when_its_author_changes_it(visitors: Visitors) -> None:
    ana = await visitors.sign_up("fold-ana")
    slug = await make_room(ana, "Folds")
    await say(ana, POINTS)
    await expect(ana.locator("message-list .message")).to_have_count(1)
    ben = await visitors.sign_up("fold-ben", slug)
    await ben.click(".fold__more")

    await ana.locator("message-list .message").hover()
    await ana.click("[data-action=edit]")
    await ana.fill("message-edit textarea", f"{POINTS}\n- and this")
    await ana.press("message-edit textarea", "Enter")

    await expect(ben.locator(".fold .prose")).to_contain_text("and this")
    await expect(ben.locator(".fold--open .fold__more")).to_have_text("Show less")
    await expect(ana.locator(".fold:not(.fold--open) .fold__more")).to_have_text("Show all")
    await ben.click(".fold__more")
    await expect(ben.locator(".fold:not(.fold--open)")).to_have_count(1)


async def test_a_very_long_answer_is_folded_for_whoever_comes_later_only(visitors: Visitors, shared_site: Site) -> None:
    with FakeLLM() as model:
        model.reply_with("\n".join(f"- answer {number}" for number in range(120)))
        shared_site.order("addassistant", "lengthy", "--provider", "openai", "--base-url", model.url, "--model", "m")
        shared_site.order("addroom", "lengthy-room", "--assistant", "lengthy")
        ana = await visitors.sign_up("fold-asker", "lengthy-room")
        await say(ana, "@lengthy go on")
        await expect(ana.locator(".reply--complete reply-body")).to_contain_text("answer 119")
    assert await ana.locator("message-fold.fold").count() == 0
    whole = await height(ana.locator("reply-body"))

    await ana.reload()
    await ana.wait_for_selector(".connection--live")
    await expect(ana.locator(".reply .fold__more")).to_have_text("Show all")
    assert await height(ana.locator("reply-body")) < whole / 2
    await ana.click(".reply .fold__more")

    await expect(ana.locator(".fold--open")).to_have_count(1)
    assert await height(ana.locator("reply-body")) == whole


async def test_what_is_read_in_an_opened_answer_stays_as_it_is_when_somebody_reacts(
    visitors: Visitors, shared_site: Site
) -> None:
    with FakeLLM() as model:
        model.reply_with("\n".join(["Read this.\n", "```", "wide " * 100, "```\n", *(f"- {n}" for n in range(120))]))
        shared_site.order("addassistant", "foldable", "--provider", "openai", "--base-url", model.url, "--model", "m")
        shared_site.order("addroom", "foldable-room", "--assistant", "foldable")
        ana = await visitors.sign_up("fold-reader", "foldable-room")
        await say(ana, "@foldable go on")
        await expect(ana.locator(".reply--complete reply-body")).to_contain_text("119")
    ben = await visitors.sign_up("fold-reactor", "foldable-room")
    await say(ben, "so I belong to it")
    await ana.reload()
    await ana.wait_for_selector(".connection--live")
    await ana.click(".reply .fold__more")
    await ana.locator(".reply pre").focus()
    assert await ana.evaluate(READ) == STATE

    number = (await ana.locator(".reply").get_attribute("id") or "").removeprefix("message-")
    await send_form(ben, f"/messages/{number}/react/", emoji="👍")
    await expect(ana.locator(".reply .reaction")).to_have_count(1)

    assert await ana.evaluate(IS_READ) == STATE
    await expect(ana.locator(".reply .fold--open + .reactions")).to_have_count(1)
    assert await ana.evaluate(UNFOLD) == "this"


async def test_what_is_too_long_to_be_sent_is_folded_where_it_waits(visitors: Visitors) -> None:
    ana = await visitors.sign_up("fold-refused")
    await make_room(ana, "Too long")

    await ana.evaluate(
        """() => document.dispatchEvent(new CustomEvent("outbox:say", { detail: { text: "word ".repeat(3300) } }))"""
    )

    await expect(ana.locator("message-outbox .message--failed .fold__more")).to_have_text("Show all")
    folded = await height(ana.locator("message-outbox .prose"))
    await ana.click("message-outbox .fold__more")
    assert await height(ana.locator("message-outbox .prose")) > 2 * folded
    await say_short(ana)
    visitors.complaints.clear()  # the browser says what was refused


async def test_what_is_pressed_in_what_is_folded_stays_under_the_pointer(visitors: Visitors) -> None:
    ana = await visitors.sign_up("fold-pressed")
    await make_room(ana, "Pressed")
    await say(ana, f"```py\nprint(1)\n```\n\n{POINTS}")
    copy = ana.locator("message-list .fold:not(.fold--open) [data-do=copy]")
    await expect(copy).to_be_in_viewport()
    before = await top(copy)
    said = await noted(ana.locator("message-list [data-do=copy] [aria-live]"))

    await ana.click("message-list [data-do=copy]")

    await expect(ana.locator("message-list .fold--open [data-do=copy]")).to_have_count(1)
    await becomes(lambda: is_any(said), True)
    assert abs(await top(ana.locator("message-list [data-do=copy]")) - before) < 1


async def test_what_is_folded_is_read_though_no_script_comes_to_open_it(visitors: Visitors) -> None:
    ana = await visitors.sign_up("fold-alone")
    slug = await make_room(ana, "Alone")
    await say(ana, f"{POINTS}\n- the last")
    await expect(ana.locator("message-list .fold")).to_have_count(1)
    await ana.route("**/assets/app.*.js", lambda route: route.fulfill(status=500))
    await ana.goto(f"/rooms/{slug}/")

    await ana.locator(".fold .prose").hover()
    at_once = await height(ana.locator(".fold .prose"))
    await ana.mouse.wheel(0, 5000)
    await expect(ana.locator(".fold li", has_text="the last")).to_be_in_viewport(timeout=10_000)

    assert at_once == 288
    visitors.complaints.clear()  # the browser says what did not come


async def test_what_is_found_in_what_is_folded_is_in_sight(visitors: Visitors) -> None:
    ana = await visitors.sign_up("fold-found")
    await make_room(ana, "Found")
    await say(ana, f"{POINTS}\n- needle\n{POINTS}")
    await expect(ana.locator("message-list .fold")).to_have_count(1)

    needle = ana.locator("message-list li", has_text="needle")
    await needle.evaluate("item => item.scrollIntoView({ block: 'center' })")  # as a browser that searches shows it

    await expect(ana.locator("message-list .fold--open")).to_have_count(1)
    await expect(needle).to_be_in_viewport()


async def say_short(page: Page) -> None:
    """Beside it, a short one is as it always was."""
    await say(page, "short")
    await expect(page.locator("message-list .message")).to_have_count(1)


async def is_any(said: Callable[[], Awaitable[list[str]]]) -> bool:
    return len(await said()) > 0


async def top(shown: Locator) -> float:
    found: float = await shown.evaluate("node => node.getBoundingClientRect().top")
    return found


async def height(shown: Locator) -> float:
    found: float = await shown.evaluate("node => node.getBoundingClientRect().height")
    return found
