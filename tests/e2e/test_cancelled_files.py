"""What is taken back, or refused, is in the composer again with its files, and stands nowhere twice."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest
from playwright.async_api import expect

from tests.e2e.conftest import Visitors, Welcome, becomes, make_room, say
from tests.e2e.pictures import choose, picture, text_file
from tests.e2e.proxy import proxy_before
from tests.e2e.test_outbox import FILL_STORAGE
from tests.e2e.uploads import ORDER, begin_large, names_left
from tests.site import Site
from tests.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_an_upload_that_is_cancelled_is_in_the_composer_again(visitors: Visitors) -> None:
    ana = await visitors.sign_up("files-canceller")
    slug = await make_room(ana, "Cancelled files")
    await begin_large(ana)

    await ana.click(".sending [data-do=cancel]")

    await expect(ana.locator("message-outbox .message")).to_have_count(0)
    await expect(ana.locator("#text")).to_have_value("large")
    await expect(ana.locator(".files__one")).to_contain_text("large.bin")
    await ana.click("[aria-label='Remove large.bin']")
    await say(ana, "without it")
    await expect(ana.locator("message-list .message .prose")).to_have_text("without it")
    await visitors.enter(ana, slug)
    await expect(ana.locator("message-list .message")).to_have_count(1)


async def test_what_another_tab_cancels_is_uploaded_no_further(visitors: Visitors) -> None:
    ana = await visitors.sign_up("files-cancels-there")
    slug = await make_room(ana, "Cancelled there")
    line = await begin_large(ana)
    other = await ana.context.new_page()
    await visitors.enter(other, slug)

    async with ana.expect_event("requestfailed"):
        await other.locator(".sending [data-do=cancel]").evaluate("button => button.click()")
    await line.widen()

    await expect(other.locator("#text")).to_have_value("large")
    await expect(other.locator(".files__one")).to_contain_text("large.bin")
    await other.click("[aria-label='Remove large.bin']")
    await say(other, "without it")
    for page in (ana, other):
        await expect(page.locator("message-list .message .prose")).to_have_text("without it")


@pytest.mark.parametrize("is_known", [True, False])
async def test_what_is_cancelled_too_late_stands_once(welcome: Welcome, shared_site: Site, is_known: bool) -> None:
    """Whether one hears that it was said, or says it again before: as a machine that never tells how far it is."""
    async with proxy_before(shared_site.port) as proxy:
        visitors = await welcome(cast("Site", proxy))
        ana = await visitors.sign_up(f"files-too-late-{is_known}".lower())
        slug = await make_room(ana, f"Too late {is_known}")
        proxy.held_uploads = asyncio.Event()
        await choose(ana, text_file("one.txt"))
        await say(ana, "with a file")
        await until(lambda: proxy.uploads == 1)
        await ana.locator(".sending [data-do=cancel]").evaluate("button => button.click()")
        await expect(ana.locator("#text")).to_have_value("with a file")
        await expect(ana.locator(".files__one")).to_contain_text("one.txt")

        if is_known:
            proxy.held_uploads.set()
        else:
            await ana.reload()
            await ana.wait_for_selector(".connection--live")
            await ana.press("#text", "Enter")
            await until(lambda: proxy.uploads == 2)
            proxy.held_uploads.set()

        await expect(ana.locator("message-list .attachment--file")).to_contain_text("one.txt")
        await expect(ana.locator("#text")).to_have_value("")
        await expect(ana.locator(".files__one")).to_have_count(0)
        await expect(ana.locator("message-outbox .message")).to_have_count(0)
        proxy.held_uploads = None
        await say(ana, "after it")
        await expect(ana.locator("message-list .message")).to_have_count(2)
        await visitors.enter(ana, slug)
        assert await ana.evaluate(ORDER) == ["with a file,one.txt", "after it"]
        await becomes(lambda: names_left(ana), list[str]())


async def test_what_is_refused_can_be_edited_with_its_files(visitors: Visitors) -> None:
    ana = await visitors.sign_up("files-mender")
    await make_room(ana, "Mended files")
    await ana.route("**/messages/", lambda route: route.fulfill(status=413, body="too large for the proxy"))
    await choose(ana, picture("one.png", (30, 20)), text_file("two.txt"))
    await say(ana, "both")
    failed = ana.locator("message-outbox .message--failed")
    await expect(failed.locator("[role=alert]")).to_have_text("This is too large to send.")
    await ana.unroute("**/messages/")

    await failed.locator("[data-do=edit]").click()
    await expect(ana.locator(".files__one bdi")).to_have_text(["one.png", "two.txt"])
    await ana.click("[aria-label='Remove one.png']")
    await ana.press("#text", "Enter")

    await expect(ana.locator("message-list .attachment")).to_have_count(1)
    await expect(ana.locator("message-list .attachment--file")).to_contain_text("two.txt")
    visitors.complaints.clear()  # the browser says what was refused


async def test_what_is_refused_keeps_its_files_while_they_cannot_be_given_back(visitors: Visitors) -> None:
    ana = await visitors.sign_up("files-waiter")
    slug = await make_room(ana, "Kept files")
    await ana.route("**/messages/", lambda route: route.fulfill(status=413, body="too large for the proxy"))
    await choose(ana, text_file("one.txt"))
    await say(ana, "with a file")
    failed = ana.locator("message-outbox .message--failed")
    await expect(failed).to_have_count(1)
    asked: list[str] = []
    ana.on("request", lambda request: asked.append(request.url) if "/assets/files." in request.url else None)
    await ana.route("**/assets/files.*.js*", lambda route: route.abort())
    await visitors.enter(ana, slug)

    await failed.locator("[data-do=edit]").click()
    await expect(ana.locator("typing-line")).to_have_text("There is no connection. Try again.")
    await expect(failed).to_have_count(1)
    await expect(ana.locator("#text")).to_have_value("")
    await ana.unroute("**/assets/files.*.js*")
    await failed.locator("[data-do=edit]").click()

    await expect(ana.locator("#text")).to_have_value("with a file")
    await expect(ana.locator(".files__one")).to_contain_text("one.txt")
    await expect(failed).to_have_count(0)
    assert len(await names_left(ana)) == 1
    assert len(set(asked)) == len(asked) > 1  # some browsers keep for the life of a page what did not come
    visitors.complaints.clear()  # the browser says what was refused, and what did not come


async def test_files_are_kept_for_the_composer_though_nothing_can_name_them(visitors: Visitors) -> None:
    """This browser's storage for words is full; that for files is not."""
    ana = await visitors.sign_up("files-unnamed")
    await make_room(ana, "Unnamed files")
    await ana.evaluate(FILL_STORAGE)
    await ana.route("**/messages/", lambda route: route.fulfill(status=413, body="too large for the proxy"))
    await choose(ana, text_file("one.txt"))
    await say(ana, "with a file")
    failed = ana.locator("message-outbox .message--failed")
    await expect(failed).to_have_count(1)
    await ana.unroute("**/messages/")

    await failed.locator("[data-do=edit]").click()
    await expect(ana.locator(".files__one")).to_contain_text("one.txt")
    await expect(failed).to_have_count(0)
    await ana.press("#text", "Enter")

    await expect(ana.locator("message-list .attachment--file")).to_contain_text("one.txt")
    await expect(ana.locator("message-outbox .message")).to_have_count(0)
    await becomes(lambda: names_left(ana), list[str]())
    visitors.complaints.clear()  # the browser says what was refused
