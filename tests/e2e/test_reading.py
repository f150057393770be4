"""Only what was seen counts as read."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from typing import cast

import pytest
from playwright.async_api import Page, WebSocket, WebSocketRoute, expect

from tests.e2e.conftest import Visitors, Welcome, becomes, make_room, say, say_lines
from tests.e2e.proxy import Proxy
from tests.e2e.scrolling import scroll, two_in
from tests.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_only_what_was_seen_is_read(visitors: Visitors) -> None:
    ana, ben = await two_in(visitors, "seen", 3)
    elsewhere = await ben.context.new_page()  # the server tells it what was read
    row = elsewhere.locator("room-link[data-room=seen] .room-link__count")
    await has_read(ben, 4)
    await becomes(lambda: unread(visitors, elsewhere, "seen"), "")
    await visitors.enter(ben, "general")
    await say_lines(ana, 40)
    await expect(row).to_have_text("40 unread")

    await visitors.enter(ben, "seen")
    await expect(ben.locator("#new")).to_be_in_viewport()
    await has_read(ben, 5)
    await expect(row).to_have_text(re.compile(r"^(1[1-9]|[23]\d) unread$"))
    await say(ana, "one more")
    await expect(ben.locator("message-list .prose").last).to_have_text("one more")
    await expect(ben.locator("#new")).to_be_in_viewport()  # what is above is not read yet
    await scroll(ben, 0)
    await has_read(ben, 45)

    await expect(row).to_have_text("")


async def test_a_page_nobody_looks_at_reads_nothing_until_it_is_looked_at(visitors: Visitors) -> None:
    ana, ben = await two_in(visitors, "hidden", 3)
    elsewhere = await ben.context.new_page()
    row = elsewhere.locator("room-link[data-room=hidden] .room-link__count")
    await has_read(ben, 4)
    await becomes(lambda: unread(visitors, elsewhere, "hidden"), "")
    await look(ben, away=True)

    await say(ana, "is anybody there?")
    await expect(ben.locator("message-list .prose").last).to_have_text("is anybody there?")
    await expect(row).to_contain_text("1 unread")
    await look(ben, away=False)

    await expect(row).to_have_text("")


async def test_without_scripts_a_page_at_the_end_of_a_room_reads_it(visitors: Visitors) -> None:
    ana = await visitors.sign_up("plain-ana")
    slug = await make_room(ana, "Plain reading")
    ben = await visitors.sign_up("plain-ben", slug, java_script_enabled=False)
    await ben.fill("#text", "hello")
    await ben.click(".composer__send")
    await ben.goto("/rooms/general/")
    await say_lines(ana, 2)
    await ben.goto("/rooms/general/")
    row = ben.locator(f"room-link[data-room={slug}] .room-link__count")
    await expect(row).to_contain_text("2")

    async with ben.expect_response(f"**/rooms/{slug}/read?sequence=3"):
        await ben.goto(f"/rooms/{slug}/")
    await ben.goto("/rooms/general/")

    await expect(row).to_have_text("")


async def has_read(page: Page, sequence: int) -> None:
    await page.wait_for_function("n => document.querySelector('reader-place').lastRead >= n", arg=sequence)


async def unread(visitors: Visitors, page: Page, room: str) -> str:
    """As a fresh page says it."""
    await visitors.enter(page, "general")
    return await page.locator(f"room-link[data-room={room}] .room-link__count").inner_text()


async def look(page: Page, *, away: bool) -> None:
    await page.evaluate(
        """away => {
            Object.defineProperty(document, "hidden", { value: away, configurable: true })
            document.dispatchEvent(new Event("visibilitychange"))
        }""",
        away,
    )


async def test_what_was_read_on_a_line_that_had_died_is_told_on_the_next(visitors: Visitors) -> None:
    ana, ben = await two_in(visitors, "half-open", 3)
    elsewhere = await ben.context.new_page()
    is_dead, lost, lines = [False], list[str](), list[WebSocketRoute]()
    await ben.route_web_socket("**/ws/**", deaf_to_reading(is_dead, lost, lines))
    await visitors.enter(ben, "half-open")
    await has_read(ben, 4)
    is_dead[0] = True

    await say(ana, "who hears that this is read?")
    await becomes(lambda: so_far(lost), ['{"type":"read","sequence":5}'])
    assert await unread(visitors, elsewhere, "half-open") == "1\nunread"
    is_dead[0] = False
    await lines[-1].close(code=1012)

    await becomes(lambda: unread(visitors, elsewhere, "half-open"), "")


async def test_so_it_is_where_lines_of_requests_did_not_bring_it(
    proxy: Proxy, welcome: Welcome, visitors: Visitors
) -> None:
    ana = await visitors.sign_up("reads-by-asking-ana")
    slug = await make_room(ana, "Read by asking")
    proxy.passes_upgrades = proxy.passes_streams = False
    ben = await (await welcome(cast("Site", proxy))).sign_up("reads-by-asking", slug)
    await say(ben, "so I belong to it")
    await expect(ana.locator("message-list .message")).to_have_count(1)
    await ben.route("**/read?*", lambda route: route.fulfill(status=503))

    async with ben.expect_response("**/read?*"):
        await say(ana, "who hears that this is read?")
    await ben.unroute("**/read?*")

    elsewhere = await ben.context.new_page()
    await becomes(lambda: unread(visitors, elsewhere, slug), "")


async def so_far(lost: list[str]) -> list[str]:
    return lost


def deaf_to_reading(
    is_dead: list[bool], lost: list[str], lines: list[WebSocketRoute]
) -> Callable[[WebSocketRoute], None]:
    def connect(line: WebSocketRoute) -> None:
        server = line.connect_to_server()
        lines.append(line)

        def pass_on(frame: str | bytes) -> None:
            if is_dead[0] and '"read"' in str(frame):
                lost.append(str(frame))
            else:
                server.send(frame)

        line.on_message(pass_on)

    return connect


async def test_what_was_read_in_the_room_that_was_left_is_not_said_in_the_one_that_comes(visitors: Visitors) -> None:
    ana = await visitors.sign_up("reads-on-leaving")
    short = await make_room(ana, "Short")
    await say_lines(ana, 3)
    long = await make_room(ana, "Long")
    await say_lines(ana, 12)
    ben = await visitors.sign_up("leaves-on-reading", long)
    await say(ben, "so I belong to it")
    read: list[int] = []
    ben.on(
        "websocket",
        lambda socket: socket.on("framesent", lambda frame: read.extend(sequences_read(short, socket, frame))),
    )
    await ben.goto(f"/rooms/{long}/")
    await ben.wait_for_selector(".connection--live")
    await ben.evaluate(
        """() => { document.querySelector("reader-place").look = function () {
            clearTimeout(this.dwell)
            this.dwell = setTimeout(() => this.read(), 1_500)
        } }"""
    )

    await say(ana, "a last word")
    await expect(ben.locator("message-list .prose").last).to_have_text("a last word")
    await ben.evaluate(
        "path => document.querySelector('room-frame').visit(new URL(path, location))", f"/rooms/{short}/"
    )
    await expect(ben).to_have_title("Short · Chat")
    await ben.wait_for_selector(".connection--live")
    await asyncio.sleep(2)

    assert all(sequence <= 3 for sequence in read)


def sequences_read(room: str, socket: WebSocket, frame: str | bytes) -> list[int]:
    command = json.loads(frame)
    return [command["sequence"]] if f"/{room}/" in socket.url and command["type"] == "read" else []
