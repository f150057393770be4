"""A line that begins with a slash does something, or says why not."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Route, expect

from tests.e2e.conftest import Visitors, make_room, say, scripted, words
from tests.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_commands_are_offered_and_do_what_they_say_before_all_eyes(visitors: Visitors) -> None:
    ana = await visitors.sign_up("commander")
    ben = await visitors.sign_up("obeyer", await make_room(ana, "Orders"))

    await ana.keyboard.type("/to")
    await expect(ana.locator(".completion__name mark")).to_have_text(["/to"])
    await expect(ana.locator(".completion__name")).to_have_text(["/topic"])
    await expect(ana.locator(".completion__hint")).to_have_text("what the room is for: set the topic")
    await ana.keyboard.press("Tab")
    await ana.keyboard.type("What we grow")
    await ana.keyboard.press("Enter")
    await expect(ana.locator("typing-line")).to_have_text("The topic is set.")
    await expect(ben.locator(".header__topic")).to_have_text("What we grow")
    await say(ana, "/rename Harvest")
    await expect(ben.locator(".header__title")).to_contain_text("Harvest")

    await expect(ana.locator("message-list .message, message-outbox .message")).to_have_count(0)


async def test_a_refused_command_says_why_and_stays_to_be_mended(visitors: Visitors) -> None:
    ana = await visitors.sign_up("stranger-boss")
    ben = await visitors.sign_up("no-owner", await make_room(ana, "Owned"))

    await say(ben, "/topic Mine now")
    await expect(ben.locator(".composer__problem")).to_have_text("Only an owner of the room can do that.")
    await expect(ben.locator("#text")).to_have_value("/topic Mine now")
    await say(ben, "/tpoic oops")
    await expect(ben.locator(".composer__problem")).to_have_text(
        "There is no command /tpoic. To say it as it is, begin with a space."
    )
    await ben.keyboard.type("!")
    await expect(ben.locator(".composer__problem")).to_be_hidden()
    assert sorted({text.partition(" (")[0][-9:] for text in visitors.complaints}) == ["us of 403", "us of 422"]
    visitors.complaints.clear()


async def test_what_is_typed_while_a_command_is_under_way_stays(visitors: Visitors) -> None:
    ana = await visitors.sign_up("types-ahead")
    slug = await make_room(ana, "Ahead")
    may_go = asyncio.Event()

    async def hold(route: Route) -> None:
        await may_go.wait()
        await route.continue_()

    await ana.route(f"**/rooms/{slug}/messages/", hold)
    await say(ana, "/topic abc")
    await ana.fill("#text", "and then")
    may_go.set()
    await expect(ana.locator("typing-line")).to_have_text("The topic is set.")

    await expect(ana.locator("#text")).to_have_value("and then")


@pytest.mark.parametrize("is_heard", [True, False])
async def test_what_is_asked_stands_once_though_its_answer_is_lost(
    visitors: Visitors, shared_site: Site, is_heard: bool
) -> None:
    """Whether the room says that it was said, or it is asked again before; here or on the page that comes next."""
    room = f"lost-answers-{is_heard}".lower()
    shared_site.order("addroom", room, "--assistant", "demo")
    ana = await visitors.sign_up(f"asker-{is_heard}".lower())
    if not is_heard:
        await ana.route_web_socket("**/ws/**", lambda line: None)  # open, and nothing comes
        await ana.goto(f"/rooms/{room}/")
        await scripted(ana)
    else:
        await visitors.enter(ana, room)
    await ana.route("**/messages/", _lost, times=1)
    await say(ana, "/ask demo why?")

    if is_heard:
        await expect(ana.locator("#text")).to_have_value("")
        await expect(ana.locator(".composer__problem")).to_be_hidden()
    else:
        await expect(ana.locator(".composer__problem")).to_have_text("There is no connection. Try again.")
        await ana.reload()
        await scripted(ana)
        await ana.press("#text", "Enter")
        await expect(ana.locator("#text")).to_have_value("")
        await ana.goto("about:blank")
    page = await visitors.sign_up(f"reader-{is_heard}".lower(), room)

    await expect(page.locator("message-list .message:not(.reply) .prose")).to_have_text(["why?"])
    assert [text for text in visitors.complaints if "ERR_FAILED" not in text] == []
    visitors.complaints.clear()


async def test_on_a_line_that_died_in_silence_a_command_says_so_and_may_be_tried_again(visitors: Visitors) -> None:
    ana = await visitors.sign_up("asks-nobody")
    slug = await make_room(ana, "Silence")
    await ana.add_init_script(
        """const real = AbortSignal.timeout
        window.isDying = true
        AbortSignal.timeout = ms => real.call(AbortSignal, isDying ? ms / 20 : ms)"""
    )
    await visitors.enter(ana, slug)
    may_end = asyncio.Event()

    async def hold(route: Route) -> None:
        await may_end.wait()

    await ana.route("**/messages/", hold, times=1)
    await say(ana, "/topic What we grow")
    await expect(ana.locator(".composer__problem")).to_have_text("There is no connection. Try again.")
    await ana.evaluate("isDying = false")  # what is alive may take its time
    await ana.press("#text", "Enter")

    await expect(ana.locator("typing-line")).to_have_text("The topic is set.")
    may_end.set()


async def _lost(route: Route) -> None:
    await route.fetch()
    await route.abort()


async def test_what_only_looks_like_a_command_is_said(visitors: Visitors) -> None:
    ana = await visitors.sign_up("pathfinder")
    await make_room(ana, "Paths")

    for text in ("//topic", " /topic", "/etc/hosts is full", "/topic\nof two lines"):
        await say(ana, text)

    await expect(ana.locator("message-list .message")).to_have_count(4)
    assert await words(ana) == ["//topic", "/topic", "/etc/hosts is full", "/topic\nof two lines"]


async def test_inviting_leaving_and_archiving_by_command(visitors: Visitors) -> None:
    ana = await visitors.sign_up("inviter")
    slug = await make_room(ana, "Comings")
    ben = await visitors.sign_up("invited", "general")

    await say(ana, "/invite @invited")
    await expect(ana.locator("typing-line")).to_have_text("invited can read and write here now.")
    await visitors.enter(ben, slug)
    await say(ben, "/leave")
    await ben.wait_for_url("**/rooms/")
    await say(ana, "/archive")

    await expect(ana.locator(".dock__closed")).to_be_visible()


async def test_stopping_and_retrying_a_reply_by_command(visitors: Visitors, shared_site: Site) -> None:
    shared_site.order("addroom", "halting", "--assistant", "demo")
    ana = await visitors.sign_up("halter", "halting")
    await say(ana, "@demo tell me something long")
    await ana.wait_for_selector(".reply--streaming")

    await say(ana, "/stop")
    await ana.wait_for_selector(".reply--stopped")
    await say(ana, "/retry")
    await ana.wait_for_selector(".reply--streaming")
    await say(ana, "/stop")

    await ana.wait_for_selector(".reply--stopped")


async def test_commands_work_as_a_plain_form_without_scripts(visitors: Visitors) -> None:
    page = await visitors.sign_up("plain-boss", java_script_enabled=False)
    await page.goto("/rooms/")
    await page.click("summary:has-text('New room')")
    await page.fill("#id_name", "By form")
    await page.click("button:has-text('Make the room')")

    await page.fill("#text", "/topic Without scripts")
    await page.click(".composer__send")
    await expect(page.locator(".header__topic")).to_have_text("Without scripts")
    await expect(page.locator(".notice")).to_have_text("The topic is set.")
    await page.fill("#text", "/invite @nobody-at-all")
    await page.click(".composer__send")

    await expect(page.locator(".composer__problem")).to_have_text("Nobody here has the name @nobody-at-all.")
    await expect(page.locator("#text")).to_have_value("/invite @nobody-at-all")
    visitors.complaints.clear()  # the browser says that the status was 422


async def test_how_to_write_is_asked_for_without_a_connection_and_the_page_stays(visitors: Visitors) -> None:
    ana = await visitors.sign_up("help-offline")
    await ana.fill("#text", "half of it")
    await ana.context.set_offline(True)

    await ana.click(".composer__help")
    await expect(ana.locator("typing-line")).to_have_text("There is no connection. Try again.", timeout=10_000)
    await ana.context.set_offline(False)
    await ana.click(".composer__help")

    await expect(ana.locator("#writing")).to_be_visible()
    await expect(ana.locator("#text")).to_have_value("half of it")
