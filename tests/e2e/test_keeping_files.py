"""Files that wait to be sent are kept by the browser, as far as it keeps anything."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import Visitors, becomes, make_room, say
from tests.e2e.pictures import choose, noise, picture, text_file
from tests.e2e.uploads import MB, ORDER, names_left

pytestmark = pytest.mark.asyncio(loop_scope="session")

LOSE_IT_ONCE = """() => {
    const real = IDBDatabase.prototype.transaction
    const lost = new WeakSet()
    IDBDatabase.prototype.transaction = function (...words) {
        if (!window.hasLost) lost.add(this)
        window.hasLost = true
        if (lost.has(this)) throw new DOMException("Connection to Indexed Database server lost", "InvalidStateError")
        return real.apply(this, words)
    }
}"""
CLOSED = """if (sessionStorage.isClosed) IDBFactory.prototype.open = () => {
    const request = {}
    setTimeout(() => { request.error = new DOMException("closed", "UnknownError"); request.onerror() })
    return request
}"""


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


async def test_a_browser_that_has_lost_its_line_to_them_finds_it_again(visitors: Visitors) -> None:
    ana = await visitors.sign_up("files-line-lost")
    await make_room(ana, "Line lost")
    await choose(ana, text_file("one.txt"))
    await expect(ana.locator(".files__one[aria-busy]")).to_have_count(0)
    await becomes(lambda: so_many(ana), 1)
    await ana.evaluate(LOSE_IT_ONCE)

    await say(ana, "with a file")

    await expect(ana.locator("message-list .attachment--file")).to_contain_text("one.txt")
    assert await ana.evaluate("window.hasLost")


async def test_files_that_a_browser_does_not_give_just_now_are_not_thrown_away(visitors: Visitors) -> None:
    ana = await visitors.sign_up("files-closed")
    slug = await make_room(ana, "Closed for now")
    await ana.add_init_script(CLOSED)
    await choose(ana, text_file("one.txt"))
    await becomes(lambda: so_many(ana), 1)

    await ana.evaluate("sessionStorage.isClosed = true")
    await visitors.enter(ana, slug)
    await say(ana, "with a file")
    failed = ana.locator("message-outbox .message--failed")
    await expect(failed.locator("[role=alert]")).to_have_text("Not sent.")
    await failed.locator("[data-do=edit]").click()
    await expect(ana.locator(".files__one")).to_contain_text("one.txt")
    await ana.evaluate("delete sessionStorage.isClosed")
    await visitors.enter(ana, slug)
    await expect(ana.locator(".files__one")).to_contain_text("one.txt")
    await ana.press("#text", "Enter")

    await expect(ana.locator("message-list .attachment--file")).to_contain_text("one.txt")


async def so_many(page: Page) -> int:
    return len(await names_left(page))
