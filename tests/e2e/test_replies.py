from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import Visitors, say, say_lines, settled
from tests.fake_llm import FakeLLM, Hold, Script, chunk, stream_of
from tests.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

ASK = "@scripted go on"
BEGIN, REST = "Beans climb. " * 20, "\n\n".join(f"Peas climb, too, for the {number}th time." for number in range(8))


async def test_two_people_see_the_same_reply_grow_and_end(
    visitors: Visitors, shared_site: Site, model: FakeLLM
) -> None:
    slug = room_with_model(shared_site, model, "grow")
    ana, ben = await visitors.sign_up("grow-ana", slug), await visitors.sign_up("grow-ben", slug)
    hold = model.hold(BEGIN, REST)

    await say(ana, ASK)
    for page in (ana, ben):
        await expect(page.locator(".reply--streaming")).to_have_count(1)
        await page.wait_for_function(GROWN, arg=100)
    half = await text_of(ana), await text_of(ben)
    hold.release()
    for page in (ana, ben):
        await expect(page.locator(".reply--complete")).to_have_count(1)

    whole = await text_of(ana)
    assert all(100 <= len(part) < len(whole) for part in half)
    assert await html_of(ana) == await html_of(ben)
    await ben.reload()
    assert await html_of(ana) == await html_of(ben)


async def test_a_reload_in_the_middle_shows_what_is_there_and_goes_on(
    visitors: Visitors, shared_site: Site, model: FakeLLM
) -> None:
    slug = room_with_model(shared_site, model, "reload")
    ana = await visitors.sign_up("reload-ana", slug)
    hold = model.hold(BEGIN, REST)
    await say(ana, ASK)
    await ana.wait_for_function(GROWN, arg=200)
    before = await text_of(ana)

    await ana.reload()
    await ana.wait_for_function(GROWN, arg=len(before))
    await expect(ana.locator(".reply--streaming")).to_have_count(1)
    hold.release()
    await expect(ana.locator(".reply--complete")).to_have_count(1)
    assert len(await text_of(ana)) > len(before)

    shown = await html_of(ana)
    await ana.reload()
    assert await html_of(ana) == shown


async def test_who_asked_stops_a_reply_and_anybody_in_the_room_asks_again(
    visitors: Visitors, shared_site: Site, model: FakeLLM
) -> None:
    slug = room_with_model(shared_site, model, "stop")
    ana, ben = await visitors.sign_up("stop-ana", slug), await visitors.sign_up("stop-ben", slug)
    model.hold(BEGIN)
    await say(ben, "I am a member now")
    await expect(ana.locator("message-list .message")).to_have_count(1)
    await say(ana, ASK)
    await ben.wait_for_function(GROWN, arg=50)

    await ana.click(".reply__stop")
    await expect(ben.locator(".reply--stopped .reply__state")).to_have_text("Stopped by stop-ana")
    kept = await text_of(ben)
    await ben.click(".reply__retry")
    for page in (ana, ben):
        await expect(page.locator(".reply--streaming")).to_have_count(1)
        await page.wait_for_function(GROWN, arg=50)
    await ben.click(".reply__stop")
    await expect(ana.locator(".reply--stopped .reply__state")).to_have_text("Stopped by stop-ben")
    await expect(ben.locator(".reply--stopped")).to_have_count(1)

    assert len(kept) >= 50
    assert await html_of(ana) == await html_of(ben)


async def test_a_direct_room_with_an_assistant_needs_no_name(visitors: Visitors) -> None:
    page = await visitors.sign_up("asks-at-once")
    await page.click(".room-link--assistant")
    await expect(page.locator("#text")).to_have_attribute("placeholder", "Ask demo")
    await page.wait_for_selector(".connection--live")

    await say(page, "What are you?")

    await expect(page.locator(".reply--complete")).to_have_count(1)
    assert len(await text_of(page)) > 20


@pytest.fixture(scope="session")
def model() -> Iterator[FakeLLM]:
    """A model whose words come when the test wants them."""
    with FakeLLM() as running:
        yield running


async def test_selected_words_stay_selected_while_a_reply_grows_and_ends(
    visitors: Visitors, shared_site: Site, model: FakeLLM
) -> None:
    page = await visitors.sign_up("select", room_with_model(shared_site, model, "select"))
    first = model.hold("One **bold** word.\n\nAnd here another that is **still", " open**, for a while, until")
    await say(page, "@scripted go")
    await expect(page.locator("reply-body p")).to_have_count(2)
    await page.wait_for_function("() => document.querySelector('reply-body').innerText.includes('still')")
    await page.evaluate(SELECT, ["bold word.", "another that"])
    kept = await page.evaluate("window.kept = document.querySelector('reply-body p')", None) is not None

    first.release()
    await expect(page.locator(".reply--complete")).to_have_count(1)

    assert await page.evaluate("getSelection().toString().replace(/\\s+/g, ' ')") == "bold word. And here another that"
    assert kept
    assert await page.evaluate("window.kept === document.querySelector('reply-body p')"), "no flicker"
    await expect(page.locator("reply-body strong").last).to_have_text("still open")


async def test_a_reader_holds_a_reply_and_lets_it_run_on_and_nobody_else_notices(
    visitors: Visitors, shared_site: Site, model: FakeLLM
) -> None:
    slug = room_with_model(shared_site, model, "hold")
    ana, ben = await visitors.sign_up("hold-ana", slug), await visitors.sign_up("hold-ben", slug)
    hold = model.hold("Two words", " and five more of them.\n\nThen an end.")
    await say(ana, "@scripted go")
    await expect(ben.locator("reply-body")).to_have_text("Two words")

    await ben.click("reply-hold button")
    hold.release()
    await expect(ana.locator(".reply--complete reply-body")).to_contain_text("Then an end.")
    await expect(ben.locator("reply-hold")).to_contain_text("8 words waiting")
    assert await text_of(ben) == "Two words"
    await ben.click("reply-hold button")

    await expect(ben.locator(".reply--complete reply-body")).to_contain_text("Then an end.")
    await expect(ben.locator(".reply__foot")).to_contain_text("first word after")
    assert await html_of(ana) == await html_of(ben)


async def test_earlier_attempts_are_looked_at_by_one_reader_until_something_changes(
    visitors: Visitors, shared_site: Site, model: FakeLLM
) -> None:
    slug = room_with_model(shared_site, model, "attempts")
    ana, ben = await visitors.sign_up("try-ana", slug), await visitors.sign_up("try-ben", slug)
    model.reply_with("The first try.")
    await say(ana, "@scripted go")
    await expect(ana.locator(".reply--complete")).to_have_count(1)
    model.reply_with("The second try.")
    await ana.hover(".reply")
    await ana.click(".message__actions [data-action=retry]")
    await expect(ben.locator(".reply--complete reply-body")).to_have_text("The second try.")
    await expect(ben.locator(".reply__attempts")).to_contain_text("2/2")

    await ben.click("[aria-label='Earlier attempt']")
    await expect(ben.locator(".reply .prose")).to_have_text("The first try.")
    await expect(ben.locator(".reply__foot")).to_contain_text("An earlier attempt")
    await expect(ana.locator(".reply--complete reply-body")).to_have_text("The second try.")
    await ben.click("[aria-label='Later attempt']")
    await expect(ben.locator("reply-body")).to_have_text("The second try.")
    await ben.click("[aria-label='Earlier attempt']")
    await expect(ben.locator(".reply .prose")).to_have_text("The first try.")
    model.reply_with("The third try.")
    await ana.hover(".reply")
    await ana.click(".message__actions [data-action=retry]")

    await expect(ben.locator(".reply--complete reply-body")).to_have_text("The third try.")


async def test_a_reply_thinks_in_seconds_and_its_thoughts_are_folded_away(
    visitors: Visitors, shared_site: Site, model: FakeLLM
) -> None:
    page = await visitors.sign_up("think", room_with_model(shared_site, model, "think"))
    await say_lines(page, 30)
    hold = Hold()
    model.answer(Script([chunk(reasoning_content="First this,\nthen that."), hold.event, *stream_of("So it is.")]))
    await say(page, "@scripted why?")

    await expect(page.locator(".reply--thinking .reply__wait")).to_have_text("Thinking")
    await expect(page.locator("reply-clock")).to_have_text(re.compile(r"^([2-9]|\d\d+) s$"))
    await page.click(".reasoning summary:has-text('Thinking')")
    await expect(page.locator(".reasoning__text")).to_have_text("First this,\nthen that.")
    hold.release()
    await expect(page.locator(".reply--complete reply-body")).to_have_text("So it is.")

    await expect(page.locator(".reasoning summary")).to_have_text(re.compile(r"Thought for \d+ s"))
    await expect(page.locator(".reasoning__text")).to_be_visible()
    await page.click(".reasoning summary")
    await settled(page)
    top = await page.locator(".reasoning summary").evaluate("one => one.getBoundingClientRect().top")
    await page.click(".reasoning summary")
    await expect(page.locator(".reasoning__text")).to_have_text("First this,\nthen that.")
    await settled(page)
    assert abs(await page.locator(".reasoning summary").evaluate("one => one.getBoundingClientRect().top") - top) < 1


async def test_a_failed_reply_says_so_in_plain_words_and_is_asked_for_again(
    visitors: Visitors, shared_site: Site, model: FakeLLM
) -> None:
    page = await visitors.sign_up("fail", room_with_model(shared_site, model, "fail"))
    model.fail_with(400, "secret words of the provider")
    await say(page, "@scripted go")
    await expect(page.locator(".reply--failed .reply__problem")).not_to_be_empty()
    await expect(page.locator(".reply--failed")).not_to_contain_text("secret")

    model.reply_with("Now it works.")
    await page.click(".reply__retry")

    await expect(page.locator(".reply--complete reply-body")).to_have_text("Now it works.")
    await expect(page.locator(".reply__attempts")).to_contain_text("2/2")


async def test_who_waits_is_told_their_place_in_line(
    visitors: Visitors, site_factory: Callable[..., Site], redis_url: str
) -> None:
    site = site_factory(RATE_LIMITS="0", REPLIES_IN_WEB="0", REDIS_URL=redis_url).prepare().start()
    visitors = Visitors(visitors.browser, site, visitors.complaints, visitors.contexts)
    page = await visitors.sign_up("queueing", room_with_demo(site, "line"))

    await say(page, "@demo first")
    await say(page, "@demo second")

    await expect(page.locator(".reply--queued .reply__wait")).to_have_text(["Next in line", "2nd in line"])
    await page.locator(".reply__stop").first.click()
    await expect(page.locator(".reply--stopped")).to_have_count(1)
    await expect(page.locator(".reply--queued .reply__wait")).to_have_text("Next in line")

    await expect(page.locator("typing-line")).to_be_empty()
    async with page.expect_event("requestfailed"):  # it asks by itself now and then
        await page.context.set_offline(True)
    await settled(page)
    assert await page.inner_text("typing-line") == ""
    visitors.complaints.clear()  # the browser says what did not go


# From one word to another, as a mouse would.
SELECT = """([from, to]) => {
    const find = words => {
        const walker = document.createTreeWalker(document.querySelector("reply-body"), NodeFilter.SHOW_TEXT)
        while (walker.nextNode()) {
            const at = walker.currentNode.data.indexOf(words)
            if (at >= 0) return [walker.currentNode, at]
        }
    }
    const [start, at] = find(from.split(" ")[0])
    const [end, until] = find(to)
    getSelection().setBaseAndExtent(start, at, end, until + to.length)
}"""
GROWN = "length => (document.querySelector('.reply reply-body')?.innerText.length ?? 0) >= length"


def room_with_model(site: Site, model: FakeLLM, slug: str) -> str:
    site.order("addassistant", "scripted", "--provider", "openai", "--base-url", model.url, "--model", "tiny-1")
    site.order("addroom", slug, "--assistant", "scripted")
    return slug


def room_with_demo(site: Site, slug: str) -> str:
    site.order("addroom", slug, "--assistant", "demo")
    return slug


async def text_of(page: Page) -> str:
    return await page.inner_text(".reply reply-body")


async def html_of(page: Page) -> str:
    """The reply's words as they stand; blocks know their number only while they grow."""
    return await page.evaluate(
        """() => {
            const body = document.querySelector(".reply reply-body").cloneNode(true)
            body.querySelectorAll("code-copy").forEach(button => button.remove())
            return body.innerHTML
        }"""
    )
