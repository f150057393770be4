"""What happens in a room while messages of it are being fetched is on the page once they are there."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Page, Route, WebSocketRoute, expect

from tests.e2e.conftest import Visitors, becomes, make_room, open_around, say, say_lines
from tests.e2e.lines import kept_in, unanswered
from tests.e2e.scrolling import scroll
from tests.e2e.test_reading import look

pytestmark = pytest.mark.asyncio(loop_scope="session")

LATER = re.compile(r"/messages/\?after=")
NEWEST = re.compile(r"/messages/$")
EARLIER = re.compile(r"/messages/\?before=")
SEQUENCES = "[...document.querySelectorAll('message-list > .message')].map(one => Number(one.dataset.sequence))"
STANDS_AT = "document.querySelector('chat-live').revision"
MANY, LONG = 70, 120  # so that one page more is all there is, or not


@asynccontextmanager
async def answer_held(page: Page, address: re.Pattern[str]) -> AsyncIterator[asyncio.Event]:
    """The first answer of that kind is on its way until this ends; the event says that the server has given it."""
    is_given, may_come, has_come = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        answer = await route.fetch()
        is_given.set()
        await may_come.wait()
        await route.fulfill(response=answer)
        has_come.set()

    await page.route(address, hold, times=1)
    yield is_given
    may_come.set()
    await has_come.wait()


async def slowly(route: Route) -> None:
    answer = await route.fetch()
    await asyncio.sleep(1.5)
    await route.fulfill(response=answer)


async def has_heard(page: Page, other: Page) -> None:
    """As much as the other, by number, once that has nothing left to say."""
    await other.wait_for_function("() => !document.querySelector('message-outbox .message')")
    number = await other.evaluate(STANDS_AT)
    await page.wait_for_function(f"() => {STANDS_AT} >= {number}")


async def delete(page: Page, text: str) -> None:
    message = page.locator("message-list .message", has=page.locator(f".prose p:text-is('{text}')"))
    await message.hover()
    await message.locator("[data-action=delete]").click()
    await page.click("#delete-question button[value=delete]")
    await expect(page.locator(".message--gone")).to_have_count(1)


async def test_where_all_of_it_is_fetched_anew(visitors: Visitors) -> None:
    ben = await visitors.sign_up("speaks-while")
    slug = await make_room(ben, "All anew")
    await say_lines(ben, 5)
    ana = await visitors.sign_up("fetches-all", slug)
    lines: list[WebSocketRoute] = []
    await ana.route_web_socket("**/ws/**", kept_in(lines))
    await visitors.enter(ana, slug)
    await ana.evaluate(f"{STANDS_AT} = 1")  # it has missed much

    async with answer_held(ana, NEWEST) as is_given:
        lines[-1].send('{"type":"resync","revision":9000}')
        async with asyncio.timeout(30):
            await is_given.wait()
        await say(ben, "meanwhile")
        await delete(ben, "line 2")
        await expect(ana.locator("message-list .message--gone")).to_have_count(1)

    await becomes(lambda: ana.evaluate(SEQUENCES), [1, 2, 3, 4, 5, 6])
    await expect(ana.locator("message-list .prose").last).to_have_text("meanwhile")
    await expect(ana.locator("message-list .message--gone")).to_have_count(1)


async def test_where_the_end_is_fetched(visitors: Visitors) -> None:
    ben = await visitors.sign_up("speaks-at-end")
    slug = await make_room(ben, "To its end")
    await say_lines(ben, LONG)
    ana = await visitors.sign_up("goes-to-end", slug)
    await open_around(ana, slug, 1)

    async with answer_held(ana, NEWEST) as is_given:
        await ana.click("new-pill button")
        async with asyncio.timeout(30):
            await is_given.wait()
        await say(ben, "meanwhile")
        await has_heard(ana, ben)

    await expect(ana.locator("message-list .prose").last).to_have_text("meanwhile")
    await becomes(lambda: ana.evaluate(f"{SEQUENCES}.at(-1)"), LONG + 1)


async def test_where_earlier_messages_are_fetched(visitors: Visitors) -> None:
    ben = await visitors.sign_up("takes-back")
    slug = await make_room(ben, "Taken back")
    await say_lines(ben, MANY)
    ana = await visitors.sign_up("reads-back", slug)
    await visitors.enter(ana, slug)
    await open_around(ben, slug, 1)

    async with answer_held(ana, EARLIER) as is_given:
        await scroll(ana, -100_000)
        async with asyncio.timeout(30):
            await is_given.wait()
        await delete(ben, "line 3")
        await has_heard(ana, ben)

    await expect(ana.locator("message-list .message--gone")).to_have_count(1)
    assert await ana.evaluate(SEQUENCES) == list(range(1, MANY + 1))


async def test_where_later_messages_are_fetched_each_is_there_once_and_in_its_place(visitors: Visitors) -> None:
    ben = await visitors.sign_up("goes-on-saying")
    slug = await make_room(ben, "One by one")
    await say_lines(ben, MANY)
    ana = await visitors.sign_up("reads-on", slug)
    await ana.route(LATER, slowly)

    async with answer_held(ana, LATER) as is_given:
        await ana.goto(f"/rooms/{slug}/?around=1")
        await ana.wait_for_selector(".connection--live")
        await scroll(ana, 0)
        async with asyncio.timeout(30):
            await is_given.wait()
        await say(ben, "one")
        await has_heard(ana, ben)
    await say(ben, "two")
    await say(ben, "three")

    await becomes(lambda: ana.evaluate(SEQUENCES), list(range(1, MANY + 4)))
    await expect(ana.locator("new-pill")).to_contain_text("3 new")


async def test_what_could_not_be_said_to_be_missing_is_asked_for_again(visitors: Visitors) -> None:
    ben = await visitors.sign_up("says-it-unheard")
    slug = await make_room(ben, "Unanswered")
    ana = await visitors.sign_up("asks-again", slug)
    is_away = [True]
    await ana.route_web_socket("**/ws/**", unanswered(is_away))
    await ana.goto(f"/rooms/{slug}/")
    await becomes(lambda: ana.evaluate("document.querySelector('chat-live').isSyncing"), False)

    await say(ben, "while the database was away")
    await expect(ben.locator("message-list .message")).to_have_count(1)
    is_away[0] = False

    await expect(ana.locator("message-list .prose")).to_have_text("while the database was away")


async def test_what_was_not_given_rewinds_nothing(visitors: Visitors) -> None:
    ben = await visitors.sign_up("is-not-given")
    slug = await make_room(ben, "Not given")
    await say_lines(ben, MANY)
    ana = await visitors.sign_up("tries-again", slug)
    asked: list[str] = []
    ana.on("websocket", lambda socket: socket.on("framesent", lambda frame: asked.append(str(frame))))
    await ana.route(LATER, lambda route: route.fulfill(status=503), times=1)
    await ana.goto(f"/rooms/{slug}/?around=1")
    await ana.wait_for_selector(".connection--live")
    await scroll(ana, 0)
    await expect(ana.locator("typing-line")).to_have_text("That was not done.")

    await ana.click(".log__later")

    await becomes(lambda: ana.evaluate(SEQUENCES), list(range(1, MANY + 1)))
    await say(ben, "heard")
    await expect(ana.locator("message-list .prose").last).to_have_text("heard")
    assert [frame for frame in asked if '"since":0' in frame] == []
    visitors.complaints.clear()  # the browser says what did not pass


async def test_where_an_edited_message_is_fetched(visitors: Visitors) -> None:
    ben = await visitors.sign_up("changes-nothing")
    slug = await make_room(ben, "Nothing changed")
    await say(ben, "as it was")
    ana = await visitors.sign_up("reacts-meanwhile", slug)
    await say(ana, "so I belong to it")
    message = ben.locator("message-list .message").first
    await message.hover()
    await message.locator("[data-action=edit]").click()
    await ben.wait_for_selector("message-edit")

    async with answer_held(ben, re.compile(r"/messages/\d+/$")) as is_given:
        await ben.click("message-edit [data-do=cancel]")
        async with asyncio.timeout(30):
            await is_given.wait()
        theirs = ana.locator("message-list .message").first
        await theirs.hover()
        await theirs.locator("[title=React]").click()
        await ana.click("dialog [aria-label='thumbs up']")
        await expect(theirs.locator(".reaction")).to_have_count(1)
        await has_heard(ben, ana)

    await expect(message.locator(".reaction")).to_have_count(1)


async def test_the_line_above_what_is_new_stands_above_what_is_told_last_and_was_said_first(visitors: Visitors) -> None:
    ben = await visitors.sign_up("edits-the-first")
    slug = await make_room(ben, "New line")
    ana = await visitors.sign_up("was-away", slug)
    is_cut, lines = [False], list[WebSocketRoute]()
    await ana.route_web_socket("**/ws/**", kept_in(lines, is_cut))
    await visitors.enter(ana, slug)
    await say(ana, "until later")
    await expect(ben.locator("message-list .message")).to_have_count(1)
    await look(ana, away=True)
    is_cut[0] = True
    await lines[-1].close(code=1012)

    await say(ben, "one")
    await say(ben, "two")
    first = ben.locator("message-list .message", has=ben.locator(".prose p:text-is('one')"))
    await first.hover()
    await first.locator("[data-action=edit]").click()
    await ben.fill("message-edit textarea", "the first")
    await ben.press("message-edit textarea", "Enter")
    await ben.wait_for_selector(".prose p:text-is('the first')")
    is_cut[0] = False
    await ana.evaluate("document.dispatchEvent(new CustomEvent('live:try'))")

    await expect(ana.locator("message-list .message")).to_have_count(3)
    await expect(ana.locator("#new + .message .prose")).to_have_text("the first")
