"""Finding, joining and leaving rooms; an empty one; many, and what is new in others."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Page, Route, WebSocketRoute, expect

from tests.e2e.conftest import Visitors, make_room, say, send_form, settled
from tests.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_room_is_left_and_joined_again(visitors: Visitors) -> None:
    ana = await visitors.sign_up("comes-back")
    slug = await make_room(ana, "Revolving door")
    ben = await visitors.sign_up("passing", slug)
    await ben.click(".header__actions button:has-text('Join')")
    await expect(ben.locator(f"room-link[data-room={slug}]")).to_have_count(1)

    await ben.goto(f"/rooms/{slug}/leave")
    await ben.click("button:has-text('Leave')")
    await expect(ben.locator(f"room-link[data-room={slug}]")).to_have_count(0)
    await ben.goto("/rooms/?q=Revolving")  # so many other tests' rooms there may be
    await ben.click("li.directory__room button:has-text('Join')")

    await expect(ben.locator(f"room-link[data-room={slug}] a[aria-current]")).to_have_count(1)


async def test_who_has_not_joined_is_offered_nothing_that_only_members_may_do(
    visitors: Visitors, shared_site: Site
) -> None:
    shared_site.order("addroom", "looked-at", "--assistant", "demo")
    ana = await visitors.sign_up("looked-at-ana", "looked-at")
    await say(ana, "@demo count to three")
    await expect(ana.locator(".reply--complete")).to_have_count(1)
    ben = await visitors.sign_up("looker-on", "looked-at")
    titles = """all => all.map(one => one.title || one.textContent.trim())
        .filter((_, at) => getComputedStyle(all[at]).display !== "none")"""
    tools = ben.locator(".reply :is(.tool, .message__answer)")

    assert await tools.evaluate_all(titles) == ["Copy as Markdown", "React", "Reply", "Copy link", "More"]
    await ben.click(".header__join button")
    await expect(ben.locator(".header__join")).to_be_hidden()

    more = {"Good answer", "Not a good answer", "Ask again", "Ask another assistant"}
    assert more <= set(await tools.evaluate_all(titles))


async def test_who_joins_by_writing_is_offered_to_join_no_more(visitors: Visitors) -> None:
    ana = await visitors.sign_up("hostess")
    slug = await make_room(ana, "Open house")
    ben = await visitors.sign_up("walks-in", slug)
    join, row = ben.locator(".header__join"), ben.locator(f"room-link[data-room={slug}] a[aria-current]")
    await expect(join).to_be_visible()
    await ben.evaluate("document.body.dataset.loaded = 'once'")

    await say(ben, "hello")

    await expect(join).to_be_hidden()
    await expect(row).to_have_count(1)
    for page in (ana, ben):
        await expect(page.locator("#room-members")).to_have_text("2 members")

    elsewhere = await ben.context.new_page()
    await elsewhere.goto(f"/rooms/{slug}/leave")
    await elsewhere.click("button:has-text('Leave')")

    await expect(join).to_be_visible()
    await expect(row).to_have_count(0)
    for page in (ana, ben):
        await expect(page.locator("#room-members")).to_have_text("1 member")
    await expect(ben.locator("body")).to_have_attribute("data-loaded", "once")


async def test_the_directory_follows_the_typing_and_says_when_nothing_is_found(visitors: Visitors) -> None:
    ana = await visitors.sign_up("searcher")
    await make_room(ana, "Needle in a haystack")
    await ana.goto("/rooms/")

    await ana.locator("#filter").press_sequentially("needle in")
    await expect(ana.locator(".directory__name")).to_have_text(["# Needle in a haystack"])
    await expect(ana.locator("#filter")).to_be_focused()
    await ana.locator("#filter").press_sequentially(" another")
    await expect(ana.locator(".letter__title")).to_have_text("No room is called that")

    await ana.goto("/people/")
    await ana.fill("#filter", "earcher")
    await expect(ana.locator(".directory__name")).to_have_text(["searcher"])


async def test_an_empty_room_helps_with_the_first_words(visitors: Visitors) -> None:
    ana = await visitors.sign_up("beginner")
    await ana.click(".room-link--assistant")
    await expect(ana.locator(".letter__title")).to_have_text("Ask demo")

    await ana.click("#empty-room a:has-text('Put it in the composer')")
    await expect(ana.locator("#text")).to_have_value("What can you do?")
    await ana.press("#text", "Enter")

    await expect(ana.locator("message-list .prose").first).to_have_text("What can you do?")
    await expect(ana.locator("#empty-room")).to_have_count(0)


async def test_what_is_posted_and_read_elsewhere_before_a_page_is_connected_is_counted(visitors: Visitors) -> None:
    ana, ben = await visitors.sign_up("early-ana"), await visitors.sign_up("early-ben")
    slug = await make_room(ana, "Early")
    await ben.goto(f"/rooms/{slug}/")
    await ben.wait_for_selector(".connection--live")
    await say(ben, "one")
    await expect(ana.locator("message-list .message")).to_have_count(1)
    den = await make_room(ben, "Den")  # where nobody comes or goes: that would have the list asked for, too
    count = ben.locator(f"room-link[data-room='{slug}'] .room-link__count")
    may_open = asyncio.Event()

    async def hold(line: WebSocketRoute) -> None:
        await may_open.wait()
        line.connect_to_server()

    await ben.route_web_socket("**/ws/**", hold)
    await ben.goto(f"/rooms/{den}/")
    await ben.wait_for_selector("chat-live:defined")
    await expect(count).to_have_text("")
    await say(ana, "two")
    await expect(ana.locator("message-list .message")).to_have_count(2)
    await expect(ana.locator("message-outbox .message")).to_have_count(0)
    async with ben.expect_request(lambda request: "sidebar" in request.url and "here=" not in request.url):
        may_open.set()  # at once, not with the third heartbeat

    await expect(count).to_contain_text("1")


async def apart(visitors: Visitors, name: str) -> tuple[Page, Page, str]:
    """Ana in a room, and Ben, who has said something there and looks at another one."""
    ana, ben = await visitors.sign_up(f"{name}-ana"), await visitors.sign_up(f"{name}-ben")
    slug = await make_room(ana, f"Room of {name}")
    await visitors.enter(ben, slug)
    await say(ben, "one")
    await visitors.enter(ben, await make_room(ben, f"Elsewhere of {name}"))
    return ana, ben, slug


async def test_what_is_heard_while_the_list_of_rooms_is_on_its_way_counts_all_the_same(visitors: Visitors) -> None:
    ana, ben, slug = await apart(visitors, "late")
    row = ben.locator(f"room-link[data-room='{slug}']")
    is_drawn, may_come, has_come = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        drawn = await route.fetch()
        is_drawn.set()
        await may_come.wait()
        await route.fulfill(response=drawn)
        has_come.set()

    await settled(ben)
    await ben.route("**/sidebar/**", hold)
    await ben.evaluate("document.querySelector('room-list').askSoon()")
    await is_drawn.wait()
    await say(ana, "@late-ben two")
    await expect(row).to_have_attribute("data-mentions", "1")
    await say(ana, "three")
    await expect(row).to_have_attribute("data-sequence", "3")
    await ben.evaluate("window.before = document.querySelector('room-list section')")
    may_come.set()
    await has_come.wait()
    await ben.wait_for_function("() => !before.isConnected")

    await expect(row).to_have_attribute("data-sequence", "3")
    await expect(row).to_have_attribute("data-mentions", "1")
    await expect(row.locator(".room-link__count")).to_contain_text("@ 1")


async def test_a_row_that_is_pressed_while_a_new_list_comes_leads_to_its_room(visitors: Visitors) -> None:
    ana = await visitors.sign_up("presses-slowly")
    await make_room(ana, "Pressed from")
    await ana.hover("room-link[data-room=general] a")

    await ana.mouse.down()
    async with ana.expect_response(lambda response: "/sidebar" in response.url):
        await send_form(ana, "/rooms/", name="Made meanwhile", kind="public")
    await settled(ana)
    await ana.mouse.up()

    await expect(ana).to_have_title("General · Chat")
    await expect(ana.locator("room-link", has_text="Made meanwhile")).to_have_count(1)


async def test_who_is_named_no_longer_loses_the_mark_in_the_page_that_is_open(visitors: Visitors) -> None:
    ana, ben, slug = await apart(visitors, "sorry")
    count = ben.locator(f"room-link[data-room='{slug}'] .room-link__count")
    await settled(ben)
    await say(ana, "@sorry-ben two")
    await expect(count).to_contain_text("@ 1")

    own = ana.locator("article", has_text="two")
    await own.hover()
    await own.locator("[data-action=delete]").click()
    await ana.locator("#delete-question .button--danger").click()

    await expect(count).to_contain_text("1 unread")


async def test_among_many_rooms_the_one_that_is_open_is_in_sight(visitors: Visitors, shared_site: Site) -> None:
    page = await visitors.sign_up("of-many-rooms", viewport={"width": 390, "height": 600})
    shared_site.order("shell", "--verbosity=0", "--command", MANY_ROOMS)
    await visitors.enter(page, "many-30")

    await page.click(".header__menu")
    await expect(page.locator("room-link[data-room=many-30]")).to_be_in_viewport(ratio=1)
    await expect(page.locator("room-link[data-room=many-1]")).not_to_be_in_viewport()


MANY_ROOMS = """
from chat.models import User
from chat.services.rooms import create_room
for number in range(1, 61):
    create_room(by=User.objects.get(username="of-many-rooms"), name=f"many {number:02}", slug=f"many-{number}")
"""
