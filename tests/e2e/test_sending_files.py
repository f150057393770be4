"""Messages with files arrive once and in their order, whatever happens to lines, pages and servers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from playwright.async_api import Page, Route, expect

from tests.e2e.conftest import QUICK, Visitors, Welcome, becomes, make_room, say
from tests.e2e.pictures import choose, noise, picture, text_file
from tests.e2e.uploads import MB, ORDER, Line, begin_large, is_under_way
from tests.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_server_killed_in_the_middle_of_an_upload_gets_it_once_when_it_is_back(
    welcome: Welcome, site_factory: Callable[..., Site]
) -> None:
    site = site_factory(**QUICK).prepare().start()
    visitors = await welcome(site)
    ana, ben = await visitors.sign_up("ana"), await visitors.sign_up("ben")
    await choose(ana, noise("large.bin", 3 * MB), picture("small.png", (30, 20)))
    line = await Line.narrow(ana)
    await say(ana, "large")
    await say(ana, "after it")
    await is_under_way(ana)

    site.kill()
    await expect(ana.locator("connection-light")).to_contain_text("Reconnecting")
    await line.widen()
    site.start()

    for page in (ana, ben):
        await expect(page.locator("message-list .message")).to_have_count(2)
        assert await page.evaluate(ORDER) == ["large,large.bin,small.png", "after it"]
    await expect(ana.locator("message-outbox .message")).to_have_count(0)


async def test_a_tab_closed_in_the_middle_of_an_upload_goes_on_in_the_next(visitors: Visitors) -> None:
    ana = await visitors.sign_up("files-closer")
    slug = await make_room(ana, "Closed files")
    await begin_large(ana)
    context = ana.context
    await ana.close()

    again = await context.new_page()
    await again.goto(f"/rooms/{slug}/")

    await expect(again.locator("message-list .attachment--file")).to_contain_text("large.bin")
    await expect(again.locator("message-outbox .message")).to_have_count(0)


async def test_an_upload_goes_on_while_one_is_elsewhere_and_holds_up_nothing_there(visitors: Visitors) -> None:
    ana = await visitors.sign_up("files-mover")
    slug = await make_room(ana, "Left uploading")
    ben = await visitors.sign_up("files-mover-ben", slug)
    line = await begin_large(ana)

    await ana.click(".rooms .room-link:has-text('General')")
    await expect(ana.locator("#room-heading")).to_contain_text("General")
    await say(ana, "meanwhile, elsewhere")
    await expect(ana.locator("message-list .prose", has_text="meanwhile, elsewhere")).to_be_visible()
    await expect(ben.locator(".attachment")).to_have_count(0)
    await line.widen()

    await expect(ben.locator(".attachment--file")).to_contain_text("large.bin")


async def test_a_page_that_is_older_than_its_sign_in_sends_its_files_all_the_same(visitors: Visitors) -> None:
    ana = await visitors.sign_up("files-older-page")
    slug = await make_room(ana, "Files of an older page")
    await ana.goto(f"/rooms/{slug}/")
    await expect(ana.locator(".connection--live")).to_have_count(1)
    await ana.context.clear_cookies(name="csrftoken")
    await ana.request.get("/account/")  # another page of hers has another token now

    await choose(ana, text_file("kept.txt", "kept"))
    await say(ana, "with a file")

    await expect(ana.locator("message-list .message .prose")).to_have_text("with a file")
    await expect(ana.locator("message-list .message .attachment--file bdi")).to_have_text("kept.txt")
    await expect(ana.locator("message-outbox .message")).to_have_count(0)
    visitors.complaints.clear()  # the browser says that one request was refused


async def test_files_are_sent_with_our_token_though_another_site_of_the_host_has_one_of_the_same_name(
    visitors: Visitors,
) -> None:
    """Taken for ours, it was refused, and the page loaded itself anew again and again."""
    ana = await visitors.sign_up("files-two-tokens")
    slug = await make_room(ana, "Files and two tokens")
    await ana.context.add_cookies(  # it comes before ours
        [{"name": "csrftoken", "value": "t" * 32, "domain": "127.0.0.1", "path": "/rooms/"}]
    )
    await visitors.enter(ana, slug)

    await choose(ana, text_file("kept.txt", "kept"))
    await say(ana, "with a file")

    await expect(ana.locator("message-list .message .attachment--file bdi")).to_have_text("kept.txt", timeout=15_000)
    await expect(ana.locator("message-outbox .message")).to_have_count(0)


async def test_an_upload_that_ends_where_no_room_is_shown_is_not_sent_again(visitors: Visitors) -> None:
    ana = await visitors.sign_up("files-uploads-outside")
    slug = await make_room(ana, "Uploaded outside")
    ben = await visitors.sign_up("files-uploads-outside-ben", slug)
    asked: list[str] = []
    ana.on("request", lambda request: asked.append(request.url) if request.method == "POST" else None)
    line = await begin_large(ana)
    await visit(ana, "/people/")
    await expect(ana.locator("message-outbox")).to_have_count(0)

    async with ana.expect_response(f"**/rooms/{slug}/messages/"):
        await line.widen()
    await expect(ben.locator(".attachment--file")).to_contain_text("large.bin")
    await becomes(lambda: waiting(ana), 0)
    await visit(ana, f"/rooms/{slug}/")

    await expect(ana.locator("message-list .attachment--file")).to_contain_text("large.bin")
    await expect(ana.locator("message-outbox .message")).to_have_count(0)
    assert len(asked) == 1


async def test_and_one_that_is_refused_there_says_why_in_its_room(visitors: Visitors) -> None:
    ana = await visitors.sign_up("files-refused-outside")
    slug = await make_room(ana, "Refused outside")
    asked: list[str] = []
    ana.on("request", lambda request: asked.append(request.url) if request.method == "POST" else None)
    may_end = asyncio.Event()

    async def refuse(route: Route) -> None:
        await may_end.wait()
        await route.fulfill(status=413, body="too large for the proxy")

    await ana.route("**/messages/", refuse)
    await choose(ana, text_file("one.txt"))
    await say(ana, "with a file")
    await becomes(lambda: so_many(asked), 1)
    await visit(ana, "/people/")
    async with ana.expect_response("**/messages/"):
        may_end.set()
    await visit(ana, f"/rooms/{slug}/")

    failed = ana.locator("message-outbox .message--failed [role=alert]")
    await expect(failed).to_have_text("This is too large to send.")
    assert len(asked) == 1
    visitors.complaints.clear()  # the browser says what was refused


async def visit(page: Page, path: str) -> None:
    """By a link: the page stays, and what it is doing goes on."""
    await page.evaluate("path => document.querySelector('room-frame').visit(new URL(path, location))", path)
    await page.wait_for_url(f"**{path}")


async def waiting(page: Page) -> int:
    return int(await page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('outbox/')).length"))


async def so_many(asked: list[str]) -> int:
    return len(asked)
