"""How the page is connected, said in colour, form and words; and what one can do about it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Self

import pytest
from playwright.async_api import Page, WebSocketRoute, expect

from tests.e2e.conftest import Visitors, make_room, say, send_form, settled
from tests.e2e.lines import tried_by_hand_only
from tests.e2e.pictures import choose, text_file
from tests.factories import PASSWORD

pytestmark = pytest.mark.asyncio(loop_scope="session")

ANOTHER_WAY = re.compile(r"/events/|\?since=")  # for what comes: a stream, or asking


async def test_connected_is_a_full_light_with_a_word_and_says_nothing_aloud(visitors: Visitors) -> None:
    ana = await visitors.sign_up("calm")

    await expect(ana.locator(".connection__words")).to_have_text("Connected")
    await expect(ana.locator("connection-light [role=status]")).to_have_text("")
    await expect(ana.locator("connection-banner")).to_be_hidden()


async def test_a_lost_line_counts_down_in_silence_and_can_be_tried_at_once(visitors: Visitors) -> None:
    ana = await visitors.sign_up("cut-off")
    slug = await make_room(ana, "Cuts")
    line = await Line.of(ana)
    await ana.clock.install()
    await visitors.enter(ana, slug)
    announced = await listen(ana)

    await line.cut()
    words = ana.locator(".connection--reconnecting .connection__words")
    await expect(words).to_have_text(re.compile(r"Reconnecting, next try in \d+ s"))
    await expect(ana.locator("connection-light [role=status]")).to_have_text("Reconnecting. What you write is kept.")
    async with tried_by_hand_only(ana):
        line.is_cut = False
        await ana.click("connection-light button:has-text('Try now')")
        await expect(ana.locator(".connection--live")).to_be_visible()

    await expect(ana.locator(".connection--live")).to_have_text("ConnectedConnected", use_inner_text=False)
    assert await announced() == ["Reconnecting. What you write is kept.", "Connected"]
    await expect(ana.locator("connection-banner")).to_be_hidden()
    visitors.complaints.clear()  # the browser says which requests failed


async def test_who_was_cut_off_for_seconds_tries_every_three_and_for_minutes_less_often(visitors: Visitors) -> None:
    """By the page's own clock, with the worst of luck: at random it would be sooner."""
    ana = await visitors.sign_up("patience")
    slug = await make_room(ana, "Outages")
    line = await Line.of(ana)
    await ana.add_init_script("Math.random = () => 0.999")
    await ana.clock.install()
    await visitors.enter(ana, slug)
    await ana.evaluate(
        """() => {
            window.waits = []
            const cutAt = Date.now()
            document.addEventListener("live:state", ({ detail: { retryAt } }) => {
                if (retryAt) waits.push([Date.now() - cutAt, retryAt - performance.now()])
            })
        }"""
    )

    await line.cut()
    waits = await waits_of(ana, seconds=400)
    line.is_cut = False
    await ana.clock.run_for(31_000)

    await expect(ana.locator(".connection--live")).to_be_visible()
    assert max(wait for lost, wait in waits if lost <= 20_000) <= 3_000
    assert 20_000 < max(wait for _, wait in waits) <= 30_000
    visitors.complaints.clear()  # the browser says which requests failed


async def test_offline_is_known_at_once_and_so_is_being_back(visitors: Visitors) -> None:
    ana = await visitors.sign_up("tunnel")
    slug = await make_room(ana, "Tunnels")
    line = await Line.of(ana)
    await visitors.enter(ana, slug)
    line.is_cut = True

    await ana.context.set_offline(True)
    await expect(ana.locator(".connection--offline .connection__words")).to_have_text(
        "Offline. What you write is kept."
    )
    await say(ana, "from the tunnel")
    await expect(ana.locator("message-outbox .message__note")).to_have_text("waiting")
    line.is_cut = False
    await ana.context.set_offline(False)

    await expect(ana.locator("message-list .prose")).to_have_text("from the tunnel")
    await expect(ana.locator(".connection--live")).to_be_visible()


async def test_who_is_signed_out_elsewhere_signs_in_again_and_finds_what_was_written(visitors: Visitors) -> None:
    ana = await visitors.sign_up("returner")
    slug = await make_room(ana, "Returns")
    other_tab = await ana.context.new_page()
    await other_tab.goto("/accounts/logout/")
    await other_tab.click("button:has-text('Sign out')")
    banner = ana.locator("connection-banner")
    await expect(banner).to_contain_text("You are signed out. What you have written is kept here.")
    await expect(ana.locator(".connection--signed-out .connection__words")).to_have_text("Signed out")

    await say(ana, "said too late")
    await expect(ana.locator("message-outbox .message--pending")).to_have_count(1)
    await ana.fill("#text", "and half of the next")
    await banner.locator("a").click()
    await ana.fill("#id_login", "returner")
    await ana.fill("#id_password", PASSWORD)
    await ana.click("button:has-text('Sign in')")

    await ana.wait_for_url(f"**/rooms/{slug}/")
    await expect(ana.locator("message-list .prose")).to_have_text("said too late")
    await expect(ana.locator("#text")).to_have_value("and half of the next")
    await expect(banner).to_be_hidden()


async def test_who_has_signed_in_again_in_another_tab_goes_on_in_this_one(visitors: Visitors) -> None:
    ana = await visitors.sign_up("signs-in-again")
    await make_room(ana, "Two tabs")
    await send_form(ana, "/accounts/logout/")
    await expect(ana.locator(".connection--signed-out")).to_have_count(1)
    await say(ana, "said in between")

    await send_form(ana, "/accounts/login/", login="signs-in-again", password=PASSWORD)
    await ana.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    await expect(ana.locator("connection-banner")).to_be_hidden()
    await expect(ana.locator("message-list .prose")).to_have_text("said in between")
    await choose(ana, text_file("after.txt"))
    await ana.press("#text", "Enter")
    await expect(ana.locator("message-list .attachment")).to_contain_text("after.txt")


async def test_who_goes_back_to_a_page_after_signing_out_does_not_see_it(visitors: Visitors) -> None:
    ana = await visitors.sign_up("goes-back")
    slug = await make_room(ana, "Left behind")
    # As a browser that keeps it all the same: ours clears it when it is told to (test_put_away).
    leave = "name => dispatchEvent(new PageTransitionEvent(name, { persisted: true }))"
    await ana.evaluate(leave, "pagehide")
    other_tab = await ana.context.new_page()
    await other_tab.goto("/accounts/logout/")
    await other_tab.click("button:has-text('Sign out')")
    await other_tab.wait_for_url("**/accounts/login/**")

    await ana.evaluate(leave, "pageshow")

    await ana.wait_for_url(f"**/accounts/login/?next=/rooms/{slug}/")


async def test_who_floods_is_told_how_long_to_wait_and_is_not_let_in_before(visitors: Visitors) -> None:
    ana = await visitors.sign_up("flooder")
    slug = await make_room(ana, "Floods")
    line = await Line.of(ana)
    await ana.clock.install()
    await visitors.enter(ana, slug)
    opened = line.count

    await line.route.close(code=4429, reason="600")
    banner = ana.locator("connection-banner")
    await expect(banner).to_contain_text("That was too much at once. What you write is kept; this goes on in")
    await expect(ana.locator("connection-light button")).to_have_count(0)
    await ana.evaluate("document.dispatchEvent(new CustomEvent('live:try'))")
    await settled(ana)
    assert line.count == opened

    await ana.clock.fast_forward(601_000)
    await expect(ana.locator(".connection--live")).to_be_visible()
    await expect(banner).to_be_hidden()


async def test_over_the_limit_what_was_written_waits_and_goes_by_itself(visitors: Visitors) -> None:
    ana = await visitors.sign_up("hasty")
    slug = await make_room(ana, "Haste")
    await ana.route_web_socket("**/ws/**", refusing_once(retry_after=600))
    await ana.clock.install()
    await visitors.enter(ana, slug)

    await say(ana, "too soon")
    await expect(ana.locator("connection-banner")).to_contain_text("The server takes no more for the moment.")
    await expect(ana.locator("message-outbox .message--pending")).to_have_count(1)
    await ana.clock.fast_forward(601_000)

    await expect(ana.locator("message-list .prose")).to_have_text("too soon")
    await expect(ana.locator("connection-banner")).to_be_hidden()


class Line:
    """The page's line to the server, which can be cut."""

    route: WebSocketRoute
    is_cut = False
    count = 0

    @classmethod
    async def of(cls, page: Page) -> Self:
        """From the next page on."""
        line = cls()
        await page.route_web_socket("**/ws/**", line.connect)
        await page.route(ANOTHER_WAY, lambda route: route.abort() if line.is_cut else route.continue_())
        return line

    async def cut(self) -> None:
        self.is_cut = True
        await self.route.close(code=1012)

    async def connect(self, route: WebSocketRoute) -> None:
        self.count += 1
        self.route = route
        if self.is_cut:
            await route.close(code=1012)
        else:
            route.connect_to_server()


async def waits_of(page: Page, *, seconds: int) -> list[tuple[int, int]]:
    """When it waited, and how long, in milliseconds, while nothing let it in."""
    count, waits = 0, [(0, 0)]
    while waits[-1][0] < seconds * 1000:
        await page.wait_for_function("count => waits.length > count", arg=count)
        waits = await page.evaluate("waits")
        count = len(waits)
        await page.clock.run_for(waits[-1][1])
    return waits


def refusing_once(*, retry_after: int) -> Callable[[WebSocketRoute], None]:
    refused: list[str] = []

    def connect(line: WebSocketRoute) -> None:
        server = line.connect_to_server()

        def pass_on(frame: str | bytes) -> None:
            if "message.send" not in str(frame) or refused:
                server.send(frame)
                return
            refused.append(str(frame))
            client_id = str(frame).split('"client_id":"')[1].split('"')[0]
            line.send(
                f'{{"type":"error","code":"rate_limited","detail":"","client_id":"{client_id}","retry_after":{retry_after}}}'
            )

        line.on_message(pass_on)

    return connect


async def listen(page: Page) -> Callable[[], Any]:
    """What a screen reader would be given to say of the connection, until it is connected again."""
    await page.evaluate(
        """() => {
            const status = document.querySelector("connection-light [role=status]")
            window.announced = []
            new MutationObserver(() => window.announced.push(status.textContent)).observe(status, { childList: true })
        }"""
    )

    async def announced() -> list[str]:
        await page.wait_for_function("() => window.announced.at(-1) === 'Connected'")
        return await page.evaluate("() => window.announced")

    return announced


async def test_what_became_of_ones_rooms_while_one_was_offline_is_asked_for(visitors: Visitors) -> None:
    ben = await visitors.sign_up("offline-owner")
    slug = await make_room(ben, "Joined from elsewhere")
    ana = await visitors.sign_up("offline-joiner", slug)
    row = ana.locator(f"room-link[data-room={slug}]")
    await expect(row).to_have_count(0)

    await ana.context.set_offline(True)
    await expect(ana.locator(".connection--offline")).to_be_visible()
    await send_form(ana, f"/rooms/{slug}/join")
    await ana.context.set_offline(False)

    await expect(row).to_have_count(1)
