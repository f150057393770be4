"""What one has written reaches the room once, in its order, whatever happens to lines, pages and servers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from playwright.async_api import Page, Request, expect

from tests.e2e.conftest import AT_NOON, QUICK, Visitors, Welcome, make_room, say, send_form, settled, words
from tests.e2e.lines import Gate, counting, cut_while, dying_of, refusing
from tests.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

FILL_STORAGE = """() => {
    for (let size = 1 << 20, number = 0; size >= 1;) {
        try { localStorage.setItem(`other/${number++}`, "y".repeat(size)) } catch { size >>= 1 }
    }
}"""
READ_OUT = """alert => {
    window.isReadOut = false
    new MutationObserver(() => { window.isReadOut = true }).observe(alert, { childList: true })
}"""
GIVEN_UP = "Three connections broke right after this was sent. It is not sent again by itself."


async def test_what_is_said_is_shown_at_once_where_it_will_stand(visitors: Visitors) -> None:
    """The first of a day, too, which brings the day's name."""
    ana = await visitors.sign_up("at-once", **AT_NOON)
    slug = await make_room(ana, "At once")
    gate = Gate()
    await ana.route_web_socket("**/ws/**", gate.connect)
    await visitors.enter(ana, slug)

    await say(ana, "first")
    await say(ana, "second")
    pending = ana.locator("message-outbox .message--pending")
    await expect(pending.locator(".prose")).to_have_text(["first", "second"])
    shown = await places(ana, "message-outbox .message .prose")
    gate.open()

    await expect(ana.locator("message-list .message")).to_have_count(2)
    await expect(pending).to_have_count(0)
    await settled(ana)
    assert await places(ana, "message-list .message .prose") == shown
    await expect(ana.locator(".divider--day")).to_have_count(1)


async def test_what_is_on_its_way_survives_a_reload_and_is_said_once(visitors: Visitors) -> None:
    ana = await visitors.sign_up("reloader")
    slug = await make_room(ana, "Reloads")
    await say(ana, "something to answer")
    await expect(ana.locator("message-list .message")).to_have_count(1)
    is_cut = [True]
    await ana.route_web_socket("**/ws/**", cut_while(is_cut))
    await ana.route("**/messages/", lambda route: route.abort() if is_cut[0] else route.continue_())
    await ana.goto(f"/rooms/{slug}/")
    await ana.hover("message-list .message")
    await ana.click("[data-action=reply]")
    await say(ana, "kept")
    await expect(ana.locator("message-outbox .message__quote")).to_have_text("reloader something to answer")

    await ana.reload()
    await expect(ana.locator("message-outbox .message__quote")).to_have_text("reloader something to answer")
    is_cut[0] = False
    await ana.reload()

    await expect(ana.locator("message-list .message")).to_have_count(2)
    await expect(ana.locator("message-list .message__quote")).to_have_text("reloader something to answer")
    await expect(ana.locator("message-outbox .message")).to_have_count(0)
    assert await words(ana) == ["something to answer", "kept"]
    visitors.complaints.clear()  # the browser says which requests failed


async def test_a_message_that_kills_three_connections_is_given_up_and_those_behind_it_go_on(visitors: Visitors) -> None:
    ana = await visitors.sign_up("killer")
    slug = await make_room(ana, "Deadly")
    attempts: list[str] = []
    await ana.route_web_socket("**/ws/**", dying_of("poison", attempts))
    await visitors.enter(ana, slug)

    await say(ana, "poison")
    await say(ana, "harmless")

    failed = ana.locator("message-outbox .message--failed")
    await expect(failed.locator("[role=alert]")).to_have_text(GIVEN_UP)
    await expect(ana.locator("message-list .prose")).to_have_text("harmless")
    assert len(attempts) == 3
    assert len(set(attempts)) == 1
    await ana.reload()
    await expect(failed.locator("[role=alert]")).to_have_text(GIVEN_UP)
    assert len(attempts) == 3


async def test_too_large_a_frame_is_not_sent_again(visitors: Visitors) -> None:
    ana = await visitors.sign_up("large")
    slug = await make_room(ana, "Large")
    attempts: list[str] = []
    await ana.route_web_socket("**/ws/**", dying_of("whale", attempts, code=1009))
    await visitors.enter(ana, slug)

    await say(ana, "whale")

    failed = ana.locator("message-outbox .message--failed")
    await expect(failed.locator("[role=alert]")).to_have_text("This is too large to send.")
    await expect(ana.locator(".connection--live")).to_be_visible()
    assert len(attempts) == 1


async def test_what_failed_can_be_retried_edited_and_discarded(visitors: Visitors) -> None:
    ana = await visitors.sign_up("mender")
    slug = await make_room(ana, "Mends")
    refused: list[str] = ["poison", "typo", "junk"]
    await ana.route_web_socket("**/ws/**", refusing(refused))
    await visitors.enter(ana, slug)
    for text in ("poison", "typo", "junk"):
        await say(ana, text)
    failed = ana.locator("message-outbox .message--failed")
    await expect(failed).to_have_count(3)
    await expect(failed.locator("[role=alert]")).to_have_text(["Not this."] * 3)

    refused.clear()
    await ana.fill("#text", "begun meanwhile")
    await failed.filter(has_text="typo").locator("[data-do=edit]").click()
    await expect(ana.locator("#text")).to_have_value("typo\n\nbegun meanwhile")
    await failed.filter(has_text="junk").locator("[data-do=discard]").click()
    await failed.filter(has_text="poison").locator("[data-do=retry]").click()
    await expect(ana.locator("message-list .prose")).to_have_text("poison")
    await expect(ana.locator("#text")).to_be_focused()
    await say(ana, "mended")

    await expect(ana.locator("message-list .prose")).to_have_text(["poison", "mended"])
    await expect(ana.locator("message-outbox .message")).to_have_count(0)


async def test_where_nobody_can_write_any_more_what_was_refused_is_kept(visitors: Visitors) -> None:
    ana = await visitors.sign_up("keeps-words")
    slug = await make_room(ana, "Closed on words")
    await ana.route_web_socket("**/ws/**", refusing(["precious"]))
    await visitors.enter(ana, slug)
    await say(ana, "precious")
    failed = ana.locator("message-outbox .message--failed")
    await expect(failed).to_have_count(1)
    await failed.locator("[role=alert]").evaluate(READ_OUT)
    await say(ana, "not so precious")
    await expect(ana.locator("message-list .message")).to_have_count(1)
    assert await ana.evaluate("window.isReadOut") is False  # what was refused is said once

    await send_form(ana, f"/rooms/{slug}/settings", do="archive")
    await expect(ana.locator(".dock__closed")).to_be_visible()
    await expect(failed.locator("[data-do=discard]")).to_be_visible()
    await expect(failed.locator("[data-do=edit]")).to_have_count(0)
    await failed.locator("[data-do=retry]").evaluate("button => { button.dataset.do = 'edit'; button.click() }")

    await expect(failed.locator(".prose")).to_have_text("precious")


async def test_two_tabs_of_one_person_send_what_waits_once_between_them(visitors: Visitors) -> None:
    ana = await visitors.sign_up("two-tabs")
    slug = await make_room(ana, "Tabs")
    sends: list[str] = []
    is_cut = [True]
    await ana.context.route_web_socket("**/ws/**", counting(sends, is_cut))
    await ana.context.route("**/messages/", lambda route: route.abort())
    await ana.goto(f"/rooms/{slug}/")
    other = await ana.context.new_page()
    await other.goto(f"/rooms/{slug}/")
    for number in range(10):
        await say(ana, f"line {number}")
    await expect(other.locator("message-outbox .message--pending")).to_have_count(10)

    for page in (ana, other):  # while another line is only being tried, nobody looks for a socket
        await expect(page.locator(".connection__words")).to_have_text("Connected by event stream")
    is_cut[0] = False
    for page in (ana, other):
        await page.evaluate("document.dispatchEvent(new CustomEvent('live:try'))")

    for page in (ana, other):
        await expect(page.locator("message-list .message")).to_have_count(10)
        await expect(page.locator("message-outbox .message")).to_have_count(0)
        assert await words(page) == [f"line {number}" for number in range(10)]
    assert len(sends) < 15, "what one has just sent the other may not know yet; all of it would be twenty"
    visitors.complaints.clear()  # the browser says which requests failed


async def test_without_locks_tabs_send_twice_and_it_is_said_once(visitors: Visitors) -> None:
    ana = await visitors.sign_up("lockless")
    slug = await make_room(ana, "No locks")
    await ana.context.add_init_script("Object.defineProperty(navigator, 'locks', { value: undefined })")
    is_cut = [True]
    await ana.context.route_web_socket("**/ws/**", cut_while(is_cut))
    await ana.context.route("**/messages/", lambda route: route.abort() if is_cut[0] else route.continue_())
    await ana.goto(f"/rooms/{slug}/")
    other = await ana.context.new_page()
    await other.goto(f"/rooms/{slug}/")
    await say(ana, "once")
    await expect(other.locator("message-outbox .message--pending")).to_have_count(1)

    is_cut[0] = False
    for page in (ana, other):
        await page.evaluate("document.dispatchEvent(new CustomEvent('live:try'))")

    for page in (ana, other):
        await expect(page.locator("message-list .prose")).to_have_text("once")
        await expect(page.locator("message-outbox .message")).to_have_count(0)
    visitors.complaints.clear()  # the browser says which requests failed


async def test_what_waits_for_another_room_goes_from_wherever_one_is(visitors: Visitors) -> None:
    ana = await visitors.sign_up("mover")
    slug = await make_room(ana, "Left behind")
    ben = await visitors.sign_up("waiting", slug)
    is_cut = [True]
    await ana.route_web_socket("**/ws/**", cut_while(is_cut))
    await ana.route("**/messages/", lambda route: route.abort())
    await ana.goto(f"/rooms/{slug}/")
    await say(ana, "for those behind")
    await expect(ana.locator("message-outbox .message--pending")).to_have_count(1)
    await ana.goto("/people/")
    is_cut[0] = False
    await ana.unroute("**/messages/")

    await visitors.enter(ana, "general")

    await expect(ben.locator("message-list .prose")).to_have_text("for those behind")
    visitors.complaints.clear()  # the browser says which requests failed


async def test_a_killed_server_and_a_closed_tab_lose_nothing_and_keep_the_order(
    welcome: Welcome, site_factory: Callable[..., Site]
) -> None:
    site = site_factory(**QUICK).prepare().start()
    visitors = await welcome(site)
    ana, ben = await visitors.sign_up("ana"), await visitors.sign_up("ben")
    site.kill()
    for number in range(5):
        await say(ana, f"line {number}")
    await expect(ana.locator("message-outbox .message--pending")).to_have_count(5)
    await ana.close()
    site.start()

    again = await ana.context.new_page()
    await again.goto("/rooms/general/")

    expected = [f"line {number}" for number in range(5)]
    await expect(ben.locator("message-list .prose")).to_have_text(expected)
    await expect(again.locator("message-list .prose")).to_have_text(expected)


async def test_a_server_error_is_tried_three_times_with_one_client_id(visitors: Visitors) -> None:
    ana = await visitors.sign_up("unlucky")
    slug = await make_room(ana, "Errors")
    asked: list[str] = []

    def note(request: Request) -> None:
        if request.method == "POST":
            asked.append(request.post_data or "")

    await ana.route_web_socket("**/ws/**", cut_while([True]))
    await ana.route("**/messages/", lambda route: route.fulfill(status=500, body="broken"))
    await ana.goto(f"/rooms/{slug}/")
    ana.on("request", note)

    await say(ana, "unlucky")

    await expect(ana.locator(".message--failed [role=alert]")).to_have_text(GIVEN_UP)
    assert len(asked) == 3
    assert len(set(asked)) == 1
    visitors.complaints.clear()  # the browser says that there were errors


async def test_what_had_no_room_in_the_storage_is_refused_once_and_holds_up_nothing(visitors: Visitors) -> None:
    """It was kept in memory; when it is kept anew, with what was said against it, there is room again."""
    ana = await visitors.sign_up("crowded")
    slug = await make_room(ana, "Full")
    may_go = asyncio.Event()
    await ana.route_web_socket("**/ws/**", refusing(["not this"], may_go))
    await visitors.enter(ana, slug)
    await ana.evaluate(FILL_STORAGE)
    await say(ana, "not this")
    await say(ana, "but this")
    await expect(ana.locator("message-outbox .message")).to_have_count(2)

    await ana.evaluate("localStorage.clear()")
    may_go.set()

    await expect(ana.locator("message-list .prose")).to_have_text(["but this"])
    await expect(ana.locator(".message--failed [role=alert]")).to_have_text("Not this.")


async def places(page: Page, selector: str) -> list[float]:
    return await page.evaluate(
        "selector => [...document.querySelectorAll(selector)].map(one => one.getBoundingClientRect().top)", selector
    )
