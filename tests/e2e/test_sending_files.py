"""Messages with files arrive once and in their order, whatever happens to lines, pages and servers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

import pytest
from playwright.async_api import CDPSession, Page, expect

from tests.e2e.conftest import QUICK, Visitors, Welcome, becomes, make_room, say
from tests.e2e.pictures import choose, noise, picture, text_file
from tests.e2e.proxy import proxy_before
from tests.site import Site
from tests.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="session")

MB = 1_000_000
HELD = "Three connections broke while this was sent. It is not sent again by itself."
ORDER = """() => [...document.querySelectorAll("message-list .message")].map(message =>
    [...message.querySelectorAll(".prose, .attachment img, .attachment--file bdi")].map(part =>
        part.alt ?? part.innerText.trim()).join())"""


class Line:
    """A browser's way to the server: narrow, so that there is a middle of an upload, until it is widened."""

    def __init__(self, devtools: CDPSession) -> None:
        self._devtools = devtools

    @classmethod
    async def narrow(cls, page: Page) -> Line:
        line = cls(await page.context.new_cdp_session(page))
        await line._limit(30_000)
        return line

    async def widen(self) -> None:
        await self._limit(-1)

    async def _limit(self, bytes_a_second: int) -> None:
        conditions = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": bytes_a_second}
        await self._devtools.send("Network.emulateNetworkConditions", conditions)


async def is_under_way(page: Page) -> None:
    await page.wait_for_function("() => document.querySelector('message-outbox progress')?.value > 0")


async def begin_large(page: Page) -> Line:
    """A message with a large file, and we are in the middle of its upload."""
    await choose(page, noise("large.bin", 3 * MB))
    line = await Line.narrow(page)
    await say(page, "large")
    await is_under_way(page)
    return line


async def test_what_waits_is_shown_with_its_picture_survives_a_reload_and_is_said_once(visitors: Visitors) -> None:
    ana = await visitors.sign_up("files-reloader")
    slug = await make_room(ana, "Pending files")
    ben = await visitors.sign_up("files-reloader-ben", slug)
    await ana.route("**/messages/", lambda route: route.abort())
    await say(ana, "before")
    await choose(ana, picture("harbour.png", (300, 200)), text_file("list.csv"))
    await say(ana, "with files")
    await say(ana, "after")

    for _ in range(2):
        pending = ana.locator("message-outbox .message", has_text="with files")
        await expect(pending.locator("img")).to_have_js_property("naturalWidth", 300)
        await expect(pending.locator(".attachment--file")).to_contain_text("list.csv")
        await ana.reload()
    await ana.unroute("**/messages/")

    for page in (ana, ben):
        await expect(page.locator("message-list .message")).to_have_count(3)
        assert await page.evaluate(ORDER) == ["before", "with files,harbour.png,list.csv", "after"]
    await expect(ana.locator("message-outbox .message")).to_have_count(0)
    nothing: list[str] = []
    await becomes(lambda: names_left(ana), nothing)
    visitors.complaints.clear()  # the browser says which requests failed


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
        assert await names_left(ana) == []


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


async def test_a_browser_that_keeps_nothing_says_so_and_sends_all_the_same(visitors: Visitors) -> None:
    ana = await visitors.sign_up("files-private")
    slug = await make_room(ana, "Private mode")
    await ana.add_init_script("Object.defineProperty(window, 'indexedDB', { value: undefined })")
    await visitors.enter(ana, slug)

    await choose(ana, picture("one.png", (30, 20)))

    await expect(ana.locator(".composer__problem")).to_have_text(
        "This browser does not keep one.png: it goes only as long as this page stays open."
    )
    await ana.press("#text", "Enter")
    await expect(ana.locator("message-list .attachment--picture")).to_have_count(1)


async def test_a_browser_without_room_for_a_file_says_so_and_sends_it_all_the_same(visitors: Visitors) -> None:
    ana = await visitors.sign_up("files-full")
    await make_room(ana, "Full disk")
    devtools = await ana.context.new_cdp_session(ana)
    origin = await ana.evaluate("location.origin")
    await devtools.send("Storage.overrideQuotaForOrigin", {"origin": origin, "quotaSize": 100_000})

    await choose(ana, noise("large.bin", 2 * MB))

    await expect(ana.locator(".composer__problem")).to_contain_text("This browser does not keep large.bin")
    await ana.press("#text", "Enter")
    await expect(ana.locator("message-list .attachment--file")).to_contain_text("large.bin")


async def test_files_a_browser_has_thrown_away_are_missed_aloud(visitors: Visitors) -> None:
    ana = await visitors.sign_up("files-evicted")
    await make_room(ana, "Evicted")
    await ana.route("**/messages/", lambda route: route.abort())
    await choose(ana, text_file("gone.txt"))
    await say(ana, "words stay")
    await expect(ana.locator("message-outbox .message")).to_have_count(1)
    await ana.evaluate(
        """() => new Promise(resolve => {
            indexedDB.open("files", 1).onsuccess = event => {
                const work = event.target.result.transaction("files", "readwrite")
                work.objectStore("files").clear()
                work.oncomplete = resolve
            }
        })"""
    )
    await ana.reload()

    failed = ana.locator("message-outbox .message--failed")
    await expect(failed.locator("[role=alert]")).to_have_text(
        "This browser has not kept its files. Edit it, and attach them again."
    )
    await failed.locator("[data-do=edit]").click()
    await expect(ana.locator("#text")).to_have_value("words stay")
    visitors.complaints.clear()  # the browser says which requests failed


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


async def names_left(page: Page) -> list[str]:
    """What this browser still keeps."""
    found: list[str] = await page.evaluate(
        """() => new Promise(resolve => {
            indexedDB.open("files", 1).onsuccess = event => {
                const store = event.target.result.transaction("files").objectStore("files")
                store.getAllKeys().onsuccess = keys => resolve(keys.target.result)
            }
        })"""
    )
    return found
