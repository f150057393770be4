"""What a proxy, a captive portal or a page of maintenance answers in the site's place is taken for no answer of it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.async_api import Page, Request, WebSocketRoute, expect

from tests.e2e.conftest import Visitors, make_room, open_around, say, say_lines, scripted, words
from tests.e2e.lines import cut_while
from tests.e2e.pictures import choose, text_file
from tests.e2e.scrolling import scroll
from tests.e2e.uploads import ORDER
from tests.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="session")

FOREIGN = "<!doctype html><title>Back soon</title><article class=message><h1>Back in five minutes</h1></article>"


async def answer_for_the_site(page: Page, address: str | re.Pattern[str]) -> list[Request]:
    """Whatever is asked there, until it is unrouted; what was."""
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request) if "/messages/" in request.url else None)
    await page.route(address, lambda route: route.fulfill(status=200, content_type="text/html", body=FOREIGN))
    return asked


async def test_what_was_said_waits_until_the_site_itself_has_taken_it(visitors: Visitors) -> None:
    ana = await visitors.sign_up("says-to-nobody")
    slug = await make_room(ana, "Said to nobody")
    await ana.route_web_socket("**/ws/**", cut_while([True]))
    await ana.goto(f"/rooms/{slug}/")
    await scripted(ana)
    asked = await answer_for_the_site(ana, "**/messages/")

    await say(ana, "precious words")
    await until(lambda: len(asked) > 1)
    await expect(ana.locator("message-outbox .message--pending .prose")).to_have_text("precious words")
    await ana.unroute("**/messages/")

    await expect(ana.locator("message-list .prose")).to_have_text("precious words")
    await expect(ana.locator("message-outbox .message")).to_have_count(0)
    visitors.complaints.clear()  # the browser says that no socket came


async def test_so_does_what_was_said_with_files(visitors: Visitors) -> None:
    ana = await visitors.sign_up("sends-to-nobody")
    await make_room(ana, "Sent to nobody")
    asked = await answer_for_the_site(ana, "**/messages/")

    await choose(ana, text_file("precious.txt"))
    await say(ana, "with a file")
    await until(lambda: len(asked) > 1)
    await ana.unroute("**/messages/")

    await expect(ana.locator("message-list .attachment--file")).to_contain_text("precious.txt")
    assert await ana.evaluate(ORDER) == ["with a file,precious.txt"]


async def test_a_command_is_not_done_that_the_site_has_not_heard(visitors: Visitors) -> None:
    ana = await visitors.sign_up("commands-nobody")
    await make_room(ana, "Unheard")
    await answer_for_the_site(ana, "**/messages/")

    await say(ana, "/topic What we grow")
    await expect(ana.locator(".composer__problem")).to_have_text("That was not done.")
    await expect(ana.locator("#text")).to_have_value("/topic What we grow")
    await ana.unroute("**/messages/")
    await ana.press("#text", "Enter")

    await expect(ana.locator(".header__topic")).to_have_text("What we grow")
    await expect(ana.locator("#text")).to_have_value("")


async def test_what_only_the_site_takes_for_a_command_is_done_once(visitors: Visitors) -> None:
    """For Python a line goes on behind U+2028, for JavaScript it does not."""
    ana = await visitors.sign_up("commands-strangely")
    slug = await make_room(ana, "Strange command")
    await ana.route_web_socket("**/ws/**", cut_while([True]))
    await ana.goto(f"/rooms/{slug}/")
    await scripted(ana)
    asked: list[Request] = []
    ana.on("request", lambda request: asked.append(request) if request.method == "POST" else None)

    await ana.evaluate("tell('outbox:say', { text: '/topic Beans\\u2028and peas' })")

    await expect(ana.locator("typing-line")).to_have_text("The topic is set.")
    await expect(ana.locator("message-outbox .message")).to_have_count(0)
    assert len(asked) == 1
    visitors.complaints.clear()  # the browser says that no socket came


async def test_the_conversation_stays_where_all_of_it_was_to_come_anew(visitors: Visitors) -> None:
    ana = await visitors.sign_up("reads-nothing-else")
    slug = await make_room(ana, "All of it")
    await say_lines(ana, 3)
    lines: list[WebSocketRoute] = []
    said: list[str] = []
    await ana.route_web_socket("**/ws/**", overheard(lines, said))
    await visitors.enter(ana, slug)
    asked = await answer_for_the_site(ana, re.compile(r"/messages/$"))

    lines[-1].send('{"type":"resync","revision":9000}')
    await until(lambda: asked)
    await until(lambda: sum('"sync"' in frame for frame in said) > 1)  # so it tries again

    assert await words(ana) == ["line 1", "line 2", "line 3"]
    assert [frame for frame in said if '"since":0' in frame] == []


async def test_so_it_does_where_later_messages_were_to_come(visitors: Visitors) -> None:
    ana = await visitors.sign_up("reads-on-in-vain")
    slug = await make_room(ana, "Later ones")
    await say_lines(ana, 70)
    said: list[str] = []
    await ana.route_web_socket("**/ws/**", overheard([], said))
    asked = await answer_for_the_site(ana, re.compile(r"/messages/(\?after=.*)?$"))
    await open_around(ana, slug, 1)

    await scroll(ana, 0)
    await until(lambda: asked)
    await ana.click("new-pill button")
    await expect(ana.locator("typing-line")).to_contain_text("could not be loaded")
    assert "Back in five minutes" not in await ana.locator("message-list").inner_text()
    await ana.unroute_all()
    await ana.click("new-pill button")

    await expect(ana.locator("message-list .prose").last).to_have_text("line 70")
    assert [frame for frame in said if '"since":0' in frame] == []


async def test_nor_is_a_message_gone_that_the_site_has_not_deleted(visitors: Visitors) -> None:
    ana = await visitors.sign_up("deletes-nothing")
    await make_room(ana, "Not deleted")
    await say(ana, "stays")
    message = ana.locator("message-list .message")
    await message.hover()
    await answer_for_the_site(ana, "**/delete")

    await message.locator("[data-action=delete]").click()
    await ana.click("#delete-question button[value=delete]")

    await expect(ana.locator("typing-line")).to_have_text("That was not done.")
    await expect(message.locator(".prose")).to_have_text("stays")


def overheard(lines: list[WebSocketRoute], said: list[str]) -> Callable[[WebSocketRoute], None]:
    def connect(line: WebSocketRoute) -> None:
        server = line.connect_to_server()
        lines.append(line)

        def pass_on(frame: str | bytes) -> None:
            said.append(str(frame))
            server.send(frame)

        line.on_message(pass_on)

    return connect
