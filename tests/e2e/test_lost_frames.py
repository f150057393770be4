"""A line that loses frames, tells of too much, or stops while nobody looks: the page comes right by number."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, WebSocketRoute, expect

from tests.e2e.conftest import Visitors, becomes, make_room, say, say_lines, words
from tests.e2e.lines import kept_in, losing_every
from tests.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_page_that_loses_every_third_fragment_ends_like_one_that_loses_none(
    visitors: Visitors, shared_site: Site
) -> None:
    shared_site.order("addroom", "lossy", "--assistant", "demo")
    ana = await visitors.sign_up("lossy-ana", "lossy")
    ben = await visitors.sign_up("lossy-ben", "lossy")
    await ben.route_web_socket("**/ws/**", losing_every(3))
    await ben.reload()
    await ben.wait_for_selector(".connection--live")

    await say(ana, "@demo tell me something long")
    await say_lines(ana, 20)
    await expect(ana.locator(".reply--complete")).to_have_count(1)

    await expect(ben.locator(".reply--complete")).to_have_count(1)
    await expect(ben.locator("message-list .message")).to_have_count(22)

    async def are_alike() -> bool:
        return await conversation(ben) == await conversation(ana)

    await becomes(are_alike, True)


async def test_a_page_that_comes_back_equals_a_fresh_one(visitors: Visitors) -> None:
    ana = await visitors.sign_up("busy")
    slug = await make_room(ana, "Absence")
    await say_lines(ana, 6)
    ben = await visitors.sign_up("absent", slug)
    lines: list[WebSocketRoute] = []
    is_cut = [False]
    await ben.route_web_socket("**/ws/**", kept_in(lines, is_cut))
    await visitors.enter(ben, slug)

    is_cut[0] = True
    await lines[-1].close(code=1012)
    await edit(ana, "line 2", "line two")
    await delete(ana, "line 4")
    await answer(ana, "line 5", "and an answer")
    await edit(ana, "line 5", "line five")
    await delete(ana, "line 6")
    await expect(ana.locator("message-list .message")).to_have_count(7)
    is_cut[0] = False
    await ben.evaluate("document.dispatchEvent(new CustomEvent('live:try'))")

    await expect(ben.locator("message-list .message")).to_have_count(7)
    await expect(ben.locator("message-list .message--gone")).to_have_count(2)
    await expect(ben.locator(".prose", has_text="line five")).to_have_count(1)
    came_back = await conversation(ben)
    await ben.reload()
    await ben.wait_for_selector(".connection--live")
    assert came_back == await conversation(ben)


async def test_a_page_that_was_away_for_too_long_is_given_the_newest_page(visitors: Visitors) -> None:
    ana = await visitors.sign_up("long-away")
    slug = await make_room(ana, "Away")
    await say_lines(ana, 10)
    lines: list[WebSocketRoute] = []
    await ana.route_web_socket("**/ws/**", kept_in(lines))
    await ana.goto(f"/rooms/{slug}/")
    await ana.wait_for_selector(".connection--live")
    await ana.evaluate("document.querySelectorAll('message-list .message').forEach((one, n) => n % 2 && one.remove())")

    lines[-1].send('{"type":"resync","revision":9000}')

    await expect(ana.locator("message-list .message")).to_have_count(10)
    assert await words(ana) == [f"line {number}" for number in range(1, 11)]


async def test_going_back_to_a_page_finds_it_up_to_date(visitors: Visitors) -> None:
    ana = await visitors.sign_up("wanderer")
    slug = await make_room(ana, "Back")
    ben = await visitors.sign_up("stayer", slug)
    await visitors.enter(ana, slug)

    await ana.goto("/people/")
    await say(ben, "while you were away")
    await expect(ben.locator("message-list .message")).to_have_count(1)
    await ana.go_back()

    await expect(ana.locator("message-list .prose")).to_have_text("while you were away")
    await say(ana, "back again")
    await expect(ben.locator("message-list .message")).to_have_count(2)


async def edit(page: Page, words: str, text: str) -> None:
    message = page.locator("message-list .message", has=page.locator(f".prose p:text-is('{words}')"))
    await message.hover()
    await message.locator("[data-action=edit]").click()
    await page.fill("message-edit textarea", text)
    await page.press("message-edit textarea", "Enter")
    await page.wait_for_selector(f".prose p:text-is('{text}')")


async def delete(page: Page, words: str) -> None:
    message = page.locator("message-list .message", has=page.locator(f".prose p:text-is('{words}')"))
    gone = await page.locator(".message--gone").count()
    await message.hover()
    await message.locator("[data-action=delete]").click()
    await page.click("#delete-question button[value=delete]")
    await expect(page.locator(".message--gone")).to_have_count(gone + 1)


async def answer(page: Page, words: str, text: str) -> None:
    message = page.locator("message-list .message", has=page.locator(f".prose p:text-is('{words}')"))
    await message.hover()
    await message.locator("[data-action=reply]").click()
    await say(page, text)
    await page.wait_for_selector(f"message-list .prose p:text-is('{text}')")


async def conversation(page: Page) -> list[str]:
    """Every message as it stands, without the marks that only a growing reply's blocks carry."""
    return await page.evaluate(
        """() => [...document.querySelectorAll("message-list .message")].map(article => {
            const copy = article.cloneNode(true)
            copy.querySelectorAll("code-copy").forEach(button => button.remove())
            const body = copy.querySelector(".message__body").innerHTML
            return `${copy.id} ${copy.className} ${copy.dataset.revision} ${body}`
        })"""
    )
