"""What two people do with the same answers, from the browser to the database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.async_api import Page, WebSocketRoute, expect

from tests.e2e.conftest import Visitors, becomes, say
from tests.e2e.heard import noted
from tests.e2e.lines import kept_in
from tests.fake_llm import FakeLLM, Hold, Script, chunk, stream_of, tokens_of
from tests.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(scope="session")
def model() -> Iterator[FakeLLM]:
    with FakeLLM() as running:
        yield running


def room_of_two(site: Site, model: FakeLLM, slug: str) -> str:
    site.order("addassistant", "author", "--provider", "openai", "--base-url", model.url, "--model", "tiny-1")
    site.order("addroom", slug, "--assistant", "author", "--assistant", "demo")
    return slug


async def test_an_answer_goes_on_and_another_assistant_is_asked_and_both_see_it(
    visitors: Visitors, shared_site: Site, model: FakeLLM
) -> None:
    slug = room_of_two(shared_site, model, "answers-ask")
    ana, ben = await visitors.sign_up("ask-ana", slug), await visitors.sign_up("ask-ben", slug)
    model.answer(Script([*tokens_of("Beans climb. Peas climb"), chunk("length")]), Script(stream_of("Peas climb too.")))
    await say_and_see(ben, "I am a member now", ana)
    await ben.reload()
    await say(ana, "@author what climbs?")
    await expect(ben.locator(".reply__state")).to_have_text("Cut off by length")

    await ben.click(".reply__go-on")
    for page in (ana, ben):
        await expect(page.locator(".reply--complete reply-body")).to_have_text("Beans climb. Peas climb too.")
    await ana.hover(".reply")
    await ana.click("[title='Ask another assistant']")
    await expect(ana.locator("dialog .sheet__choice").first).to_contain_text("once more")
    await ana.click("dialog .sheet__choice:has-text('demo')")
    for page in (ana, ben):
        await expect(page.locator(".reply--complete .reply__by")).to_have_text("answered by demo")
        await expect(page.locator(".reply__attempts")).to_contain_text("3/3")
    await expect(ana.locator(".sheet")).to_have_count(0)


async def test_only_who_asked_sees_the_stop_button_and_thoughts_stay_open(
    visitors: Visitors, shared_site: Site, model: FakeLLM
) -> None:
    slug = room_of_two(shared_site, model, "answers-stop")
    ana, ben = await visitors.sign_up("rights-ana", slug), await visitors.sign_up("rights-ben", slug)
    hold = Hold()
    model.answer(
        Script(
            [
                chunk(reasoning_content="Hm, "),
                hold.event,
                chunk(reasoning_content="beans."),
                *tokens_of("Yes"),
                Hold().event,
            ]
        )
    )
    await say_and_see(ben, "I am a member now", ana)
    await say(ana, "@author is it so?")

    await ben.click(".reasoning summary:has-text('Thinking')")
    await expect(ana.locator(".reply__stop")).to_be_visible()
    await expect(ben.locator(".reply__stop")).to_be_hidden()
    hold.release()
    await expect(ben.locator(".reasoning__text")).to_have_text("Hm, beans.")
    await expect(ben.locator("reply-body")).to_have_text("Yes")
    await ana.click(".reply__stop")
    await expect(ben.locator(".reply--stopped .reply__state")).to_have_text("Stopped by rights-ana")
    await expect(ben.locator(".reasoning__text")).to_have_text("Hm, beans.")
    await expect(ana.locator(".reasoning__text")).to_be_hidden()
    await expect(ben.locator("reply-body")).to_have_text("Yes")

    await ben.reload()
    await ben.wait_for_selector(".connection--live")  # the composer has taken the focus
    await ben.focus(".composer__attach input")
    await ben.keyboard.press("Shift+Tab")  # the conversation is one stop, with its folded thoughts
    await expect(ben.locator(".log")).to_be_focused()


async def test_a_reader_holds_an_answer_that_was_thought_about_and_finds_its_thoughts_when_they_go_on(
    visitors: Visitors, shared_site: Site, model: FakeLLM
) -> None:
    page = await visitors.sign_up("answers-holder", room_of_two(shared_site, model, "answers-hold"))
    hold = Hold()
    thinks, more = chunk(reasoning_content="First. "), chunk(reasoning_content="Second.")
    model.answer(Script([thinks, *tokens_of("Two words"), hold.event, more, *stream_of(" and an end.")]))
    await say(page, "@author go")
    await expect(page.locator("reply-body")).to_have_text("Two words")
    await page.click(".reasoning summary")

    await page.click("reply-hold button")
    hold.release()
    await expect(page.locator(".reasoning__text")).to_have_text("First. Second.")
    await expect(page.locator("reply-hold")).to_contain_text("3 words waiting")
    await expect(page.locator("reply-body")).to_have_text("Two words")
    await page.click("reply-hold button")

    await expect(page.locator(".reply--complete reply-body")).to_have_text("Two words and an end.")
    await expect(page.locator(".reasoning[open] .reasoning__text")).to_have_text("First. Second.")


async def test_a_question_is_edited_and_asked_again(visitors: Visitors, shared_site: Site, model: FakeLLM) -> None:
    page = await visitors.sign_up("again-ana", room_of_two(shared_site, model, "answers-again"))
    model.reply_with("Nothing gorws.")
    await say(page, "@author what gorws?")
    await expect(page.locator(".reply--complete")).to_have_count(1)

    model.reply_with("Beans grow.")
    await edit(page, "@author what grows?")
    await page.click("dialog button:has-text('Ask again')")

    await expect(page.locator(".reply--complete reply-body")).to_have_text("Beans grow.")
    await expect(page.locator(".reply__attempts")).to_contain_text("2/2")
    assert "what grows?" in str(model.requests[-1].json["messages"][-1]["content"])


async def test_an_answer_is_copied_as_markdown_and_judged(
    visitors: Visitors, shared_site: Site, model: FakeLLM
) -> None:
    slug = room_of_two(shared_site, model, "answers-judge")
    page = await visitors.sign_up("judge-ana", slug, permissions=["clipboard-read", "clipboard-write"])
    model.reply_with("**Beans**, and `peas`.")
    await say(page, "@author what grows?")
    await expect(page.locator(".reply--complete")).to_have_count(1)
    await page.reload()
    await page.wait_for_selector(".connection--live")

    said = await noted(page.locator("message-actions"))
    await page.click("[data-action=copy]")
    await becomes(said, ["The text is copied."])
    assert await page.evaluate("navigator.clipboard.readText()") == "**Beans**, and `peas`."
    await page.route("**/source/", lambda route: route.fulfill(status=503, body="<h1>Busy</h1>"))
    await page.click("[data-action=copy]")
    await expect(page.locator("typing-line")).to_have_text("There is no connection. Try again.")
    assert await page.evaluate("navigator.clipboard.readText()") == "**Beans**, and `peas`."
    (expected,) = visitors.complaints
    assert "status of 503" in expected
    visitors.complaints.clear()
    await page.click("[title='Not a good answer']")
    await expect(page.locator(".sheet [value='-1']")).to_be_checked()
    await page.fill("#feedback-words", "No lentils")
    await page.click("dialog button:has-text('Send')")
    await expect(page.locator(".sheet")).to_have_count(0)
    await page.click("[title='Good answer']")
    await expect(page.locator("#feedback-words")).to_have_value("No lentils")
    await page.click("dialog button:has-text('Take it back')")
    await expect(page.locator(".sheet")).to_have_count(0)


async def test_a_word_of_judgement_is_kept_while_there_is_no_connection(
    visitors: Visitors, shared_site: Site, model: FakeLLM
) -> None:
    page = await visitors.sign_up("judge-offline", room_of_two(shared_site, model, "answers-offline"))
    model.reply_with("Beans.")
    await say(page, "@author what grows?")
    await expect(page.locator(".reply--complete")).to_have_count(1)
    await page.click("[title='Not a good answer']")
    await page.fill("#feedback-words", "No lentils")

    await page.context.set_offline(True)
    await page.click("dialog button:has-text('Send')")
    await expect(page.locator("typing-line")).to_have_text("There is no connection. Try again.")
    problem = page.locator(".sheet [role=alert]")
    await expect(problem).to_have_text("There is no connection. Try again.")
    await page.context.set_offline(False)
    await page.route("**/feedback/", lambda route: route.fulfill(status=502, body="<h1>Bad gateway</h1>"))
    await page.click("dialog button:has-text('Send')")
    await expect(problem).to_have_text("That was not done.")
    await expect(page.locator("#feedback-words")).to_have_value("No lentils")
    visitors.complaints.clear()  # it says that it could not be sent
    await page.unroute("**/feedback/")
    await page.click("dialog button:has-text('Send')")

    await expect(page.locator(".sheet")).to_have_count(0)


async def test_all_of_it_without_scripts(visitors: Visitors, shared_site: Site, model: FakeLLM) -> None:
    slug = room_of_two(shared_site, model, "answers-plain")
    page = await visitors.sign_up("plain-asker", slug, java_script_enabled=False)
    model.answer(Script([*tokens_of("Beans and"), chunk("length")]), Script(stream_of("Beans and peas.")))
    await page.fill("#text", "@author what grows?")
    await page.click(".composer__send")
    await until(page, ".reply__state:has-text('Cut off by length')")

    await page.click(".reply__go-on")
    await until(page, ".reply--complete reply-body:has-text('Beans and peas.')")
    await page.click("[title='Good answer']")
    await page.click("button:has-text('Send')")
    await until(page, "[data-action=copy]")
    source = await page.request.get(str(await page.locator("[data-action=copy]").get_attribute("href")))
    assert await source.text() == "Beans and peas."
    await edit(page, "@author what else?")
    model.reply_with("Lentils.")
    await page.click("button:has-text('Ask again')")
    await until(page, ".reply--complete reply-body:has-text('Lentils.')")


async def say_and_see(page: Page, text: str, other: Page) -> None:
    """Both have it from the server."""
    await say(page, text)
    for reader in (page, other):
        await expect(reader.locator("message-list .prose")).to_have_text(text)


async def edit(page: Page, text: str) -> None:
    message = page.locator(".message:not(.reply)").last
    await message.hover()
    await message.locator("[data-action=edit]").click()
    await page.fill("textarea[id^=edit-text]", text)
    await page.click("button:has-text('Save')")


async def until(page: Page, selector: str) -> None:
    """Without scripts a page is what it was when it came."""
    for _ in range(200):
        if await page.locator(selector).count():
            return
        await page.wait_for_timeout(300)
        await page.reload()
    raise AssertionError(f"no {selector}")


async def test_no_line_of_what_is_known_of_a_reply_begins_with_a_dot(
    visitors: Visitors, shared_site: Site, model: FakeLLM
) -> None:
    slug = room_of_two(shared_site, model, "dots")
    ana = await visitors.sign_up("dots", slug, viewport={"width": 320, "height": 640})
    model.reply_with("Lentils.")
    await say(ana, "@author what else?")
    await expect(ana.locator(".reply--complete")).to_have_count(1)
    message = await ana.locator(".reply--complete").get_attribute("id")

    await ana.goto(f"/messages/{str(message).removeprefix('message-')}/")

    facts = ana.locator(".reply__facts")
    lines = await facts.evaluate(BEGINNINGS)
    assert len(lines) > 1
    assert {round(left) for left in lines} == {0}  # the words themselves
    await expect(facts).to_have_css("overflow-x", "clip", timeout=1000)  # before them nothing is seen


# How far from the edge the first words of each line are.
BEGINNINGS = """facts => {
    const edge = facts.getBoundingClientRect().left, lines = new Map()
    for (const fact of facts.children) {
        const words = document.createRange()
        words.selectNodeContents(fact)
        const { top, left } = words.getBoundingClientRect()
        if (!lines.has(top)) lines.set(top, left - edge)
    }
    return [...lines.values()]
}"""


async def test_thoughts_go_on_where_all_was_fetched_anew(visitors: Visitors, shared_site: Site, model: FakeLLM) -> None:
    slug = room_of_two(shared_site, model, "answers-thinking")
    ana, ben = await visitors.sign_up("thinks-ana", slug), await visitors.sign_up("thinks-ben", slug)
    lines: list[WebSocketRoute] = []
    await ben.route_web_socket("**/ws/**", kept_in(lines))
    await visitors.enter(ben, slug)
    hold = Hold()
    model.answer(Script([chunk(reasoning_content="Hm, "), hold.event, chunk(reasoning_content="beans."), Hold().event]))
    await say_and_see(ben, "I am a member now", ana)
    await say(ana, "@author is it so?")
    await expect(ben.locator(".reasoning__text")).to_have_text("Hm, ")
    await ben.evaluate("document.querySelector('.reply').dataset.isBefore = ''")

    lines[-1].send('{"type":"resync","revision":9000}')
    await expect(ben.locator(".reply[data-is-before]")).to_have_count(0)
    hold.release()

    await expect(ben.locator(".reasoning__text")).to_have_text("Hm, beans.")
    await ana.click(".reply__stop")
