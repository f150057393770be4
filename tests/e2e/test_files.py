"""Files of messages: chosen, sent and seen."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import Visitors, make_room, say, settled
from tests.e2e.pictures import BRING, choose, noise, picture, text_file

pytestmark = pytest.mark.asyncio(loop_scope="session")

CHIPS = ".files__one"
SHAPES = "images => images.map(image => [image.width, image.height])"


async def test_pictures_and_files_are_seen_by_everybody(visitors: Visitors) -> None:
    ana = await visitors.sign_up("files-ana")
    slug = await make_room(ana, "Files")
    ben = await visitors.sign_up("files-ben", slug)

    await choose(ana, picture("harbour.jpg", (800, 600)), text_file("list.csv"))
    await say(ana, "what I saw")

    for page in (ana, ben):
        message = page.locator("message-list .message", has_text="what I saw")
        await expect(message.locator(".attachment--picture img")).to_have_attribute("width", "800")
        await expect(message.locator(".attachment--picture img")).to_have_js_property("complete", True)
        await expect(message.locator("a.attachment--file")).to_contain_text("list.csv")
    await expect(ana.locator("message-outbox .message")).to_have_count(0)
    await expect(ana.locator(CHIPS)).to_have_count(0)
    async with ben.expect_download() as download:
        await ben.click("a.attachment--file")
    assert (await download.value).suggested_filename == "list.csv"


@pytest.mark.parametrize("width", [390, 1280])
async def test_a_picture_alone_is_seen_whole_and_its_place_is_known_before_it_comes(
    visitors: Visitors, width: int
) -> None:
    ana = await visitors.sign_up(f"files-whole-{width}", viewport={"width": width, "height": 800})
    await make_room(ana, f"Whole {width}")
    images = ana.locator("message-list .attachment--picture img")
    may_come = asyncio.Event()
    for number, size in enumerate([(1600, 500), (500, 1600), (900, 600), (60, 40)], 1):
        await choose(ana, picture("shown.png", size))
        await ana.press("#text", "Enter")
        await expect(images).to_have_count(number)
        await expect(images.last).to_have_js_property("complete", True)

    shown = await images.evaluate_all(SHAPES)
    await ana.route("**/files/**", lambda route: may_come.wait())
    await ana.reload(wait_until="domcontentloaded")

    assert [round(wide / tall, 1) for wide, tall in shown] == [3.2, 0.3, 1.5, 1.5]
    assert shown[-1] == [60, 40]
    assert await images.evaluate_all(SHAPES) == shown
    may_come.set()


async def test_files_need_no_words(visitors: Visitors) -> None:
    ana = await visitors.sign_up("files-wordless")
    await make_room(ana, "Wordless")

    await choose(ana, picture("one.png", (40, 30)))
    await ana.press("#text", "Enter")

    await expect(ana.locator("message-list .attachment--picture")).to_have_count(1)


async def test_an_edit_keeps_files_and_a_deletion_takes_them_for_everybody(visitors: Visitors) -> None:
    ana = await visitors.sign_up("files-editor")
    slug = await make_room(ana, "Edited files")
    ben = await visitors.sign_up("files-editor-ben", slug)
    await choose(ana, picture("one.png", (40, 30)), text_file("one.txt"))
    await say(ana, "two thigns")
    address = await ben.locator("message-list .attachment--picture").get_attribute("href")

    await ana.hover("message-list .message")
    await ana.click("message-list [data-action=edit]")
    await ana.fill("message-edit textarea", "two things")
    await ana.press("message-edit textarea", "Enter")
    for page in (ana, ben):
        await expect(page.locator("message-list .prose")).to_have_text("two things")
        await expect(page.locator("message-list .attachment")).to_have_count(2)
    await ana.hover("message-list .message")
    await ana.click("message-list [data-action=delete]")
    await ana.click("#delete-question [value=delete]")

    for page in (ana, ben):
        await expect(page.locator(".message--gone")).to_have_count(1)
        await expect(page.locator(".attachment")).to_have_count(0)
    assert (await ben.request.get(str(address))).status == 404


async def test_a_message_of_files_alone_can_be_answered(visitors: Visitors) -> None:
    ana = await visitors.sign_up("files-answerer")
    await make_room(ana, "Answered files")
    await choose(ana, picture("one.png", (40, 30)))
    await ana.press("#text", "Enter")

    await ana.hover("message-list .message")
    await ana.click("message-list [data-action=reply]")
    await say(ana, "lovely")

    quote = ana.locator("message-list .message__quote")
    await expect(quote).to_have_text("files-answerer A file")
    await ana.reload()
    await expect(quote).to_have_text("files-answerer A file")


async def test_a_picture_is_seen_large_and_arrows_lead_to_the_next(visitors: Visitors) -> None:
    ana = await visitors.sign_up("files-viewer")
    slug = await make_room(ana, "Viewer")
    for name in ("one.png", "two.png"):
        await choose(ana, picture(name, (300, 200)))
        await ana.press("#text", "Enter")
    await expect(ana.locator("message-list .attachment--picture")).to_have_count(2)

    await ana.locator("message-list .attachment--picture").first.click()
    seen = ana.locator(".viewer img")
    await expect(seen).to_have_attribute("alt", "one.png")
    await expect(ana.locator("[data-step='-1']")).to_be_disabled()
    await ana.keyboard.press("ArrowRight")
    await expect(seen).to_have_attribute("alt", "two.png")
    await expect(seen).to_have_js_property("naturalWidth", 300)

    other = await visitors.enter(await ana.context.new_page(), slug)
    await choose(other, picture("three.png", (300, 200)))
    await other.press("#text", "Enter")
    await expect(ana.locator("message-list .attachment--picture")).to_have_count(3)
    await other.locator("message-list .message").nth(1).hover()
    await other.locator("[data-action=edit]").nth(1).click()
    await other.fill(".edit__text", "with words")
    await other.press(".edit__text", "Enter")
    await expect(ana.locator("message-list .prose", has_text="with words")).to_have_count(1)
    await ana.keyboard.press("ArrowRight")
    await expect(seen).to_have_attribute("alt", "three.png")
    await ana.keyboard.press("ArrowLeft")
    await ana.click("[data-step='1']")
    await expect(ana.locator("[data-step='1']")).to_be_disabled()
    await settled(ana)
    await ana.keyboard.press("ArrowLeft")
    await ana.keyboard.press("ArrowLeft")
    await expect(seen).to_have_attribute("alt", "one.png")
    await ana.keyboard.press("Escape")

    await expect(ana.locator(".viewer")).to_be_hidden()
    await expect(ana.locator("message-list .attachment--picture").first).to_be_focused()


async def test_files_are_dropped_on_the_conversation_and_pasted(visitors: Visitors) -> None:
    ana = await visitors.sign_up("files-dropper")
    await make_room(ana, "Drops")

    assert await ana.evaluate(BRING, [".log", "dragover", ["a.txt"]])
    await expect(ana.locator(".files__here")).to_be_visible()
    assert await ana.evaluate(BRING, [".log", "drop", ["a.txt", "b.txt"]])
    assert await ana.evaluate(BRING, [".rooms", "drop", ["beside.txt"]])  # else the browser would leave the page for it
    assert await ana.evaluate(BRING, ["#text", "paste", ["c.txt"]])
    assert await ana.evaluate(BRING, ["#text", "paste", ["d.txt"], "d.txt"])  # as a Mac copies a file
    assert not await ana.evaluate(BRING, ["#text", "paste", ["image.png"], "a\tb"])  # as a spreadsheet copies cells

    await expect(ana.locator(f"{CHIPS} bdi")).to_have_text(["a.txt", "b.txt", "beside.txt", "c.txt", "d.txt"])
    await expect(ana.locator(f"{CHIPS}[aria-busy=true]")).to_have_count(0)
    await expect(ana.locator(".files__here")).to_be_hidden()
    await ana.press("#text", "Enter")
    await expect(ana.locator("message-list a.attachment--file")).to_have_count(5)


async def test_what_was_chosen_is_taken_out_by_keyboard_and_said(visitors: Visitors) -> None:
    ana = await visitors.sign_up("files-chooser")
    await make_room(ana, "Chooser")
    await choose(ana, text_file("one.txt"), text_file("two.txt"))
    said = ana.locator("chosen-files [role=status]")
    await expect(said).to_have_text("one.txt, two.txt added.")

    await ana.focus(f"{CHIPS} >> nth=0 >> button")
    await ana.keyboard.press("Enter")
    await expect(said).to_have_text("one.txt removed.")
    await expect(ana.get_by_role("button", name="Remove two.txt")).to_be_focused()
    await ana.keyboard.press("Enter")

    await expect(ana.locator(CHIPS)).to_have_count(0)
    await expect(ana.locator("#text")).to_be_focused()


async def test_too_large_too_many_and_empty_is_said_before_anything_is_sent(visitors: Visitors) -> None:
    ana = await visitors.sign_up("files-greedy")
    await make_room(ana, "Greedy")
    small = [text_file(f"{number}.txt") for number in range(11)]

    await choose(ana, *small[:9])
    await ana.set_input_files(
        ".composer__attach input", [noise("whale.bin", 10_000_001), text_file("void.txt", ""), *small[9:]]
    )

    await expect(ana.locator(".composer__problem")).to_have_text(
        "whale.bin has 10 MB: a file may have 10 MB. void.txt is empty. No more than 10 files go with one message."
    )
    await expect(ana.locator(CHIPS)).to_have_count(10)


async def test_a_command_takes_no_files(visitors: Visitors) -> None:
    ana = await visitors.sign_up("files-commander")
    await make_room(ana, "Commander")
    await choose(ana, text_file("one.txt"))

    await say(ana, "/topic Files")

    await expect(ana.locator(".composer__problem")).to_have_text("A command takes no files.")
    await expect(ana.locator(CHIPS)).to_have_count(1)


async def test_what_was_chosen_is_still_there_after_a_reload_and_in_its_own_room(visitors: Visitors) -> None:
    ana = await visitors.sign_up("files-keeper")
    slug = await make_room(ana, "Keeper")
    await choose(ana, picture("kept.png", (40, 30)), text_file("kept.txt"))
    await ana.fill("#text", "half written")

    await ana.click(".rooms .room-link:has-text('General')")
    await expect(ana.locator("#room-heading")).to_contain_text("General")
    await expect(ana.locator(CHIPS)).to_have_count(0)
    await ana.go_back()
    await expect(ana.locator(f"{CHIPS} bdi")).to_have_text(["kept.png", "kept.txt"])
    await visitors.enter(ana, slug)
    await expect(ana.locator(f"{CHIPS} bdi")).to_have_text(["kept.png", "kept.txt"])
    await expect(ana.locator(".files__picture").first).to_be_visible()
    await ana.press("#text", "Enter")

    message = ana.locator("message-list .message", has_text="half written")
    await expect(message.locator(".attachment")).to_have_count(2)
    await expect(message.locator("img")).to_have_attribute("height", "30")


async def test_what_one_tab_has_sent_is_chosen_in_no_other(visitors: Visitors) -> None:
    ana = await visitors.sign_up("files-in-two-tabs")
    slug = await make_room(ana, "Two tabs")
    await choose(ana, text_file("notes.csv"))
    await ana.fill("#text", "look at this")
    other = await visitors.enter(await ana.context.new_page(), slug)
    await expect(other.locator(CHIPS)).to_have_count(1)
    await choose(other, text_file("more.csv"))

    await ana.press("#text", "Enter")

    await expect(other.locator(f"{CHIPS} bdi")).to_have_text(["more.csv"])
    await say(other, "and more")
    for page in (ana, other):
        await expect(page.locator("message-list .attachment--file bdi")).to_have_text(["notes.csv", "more.csv"])


async def test_what_is_chosen_in_one_tab_is_neither_sent_nor_forgotten_by_another(visitors: Visitors) -> None:
    ana = await visitors.sign_up("files-apart")
    slug = await make_room(ana, "Apart")
    other = await visitors.enter(await ana.context.new_page(), slug)
    await choose(other, text_file("begun.csv"))

    await choose(ana, text_file("sent.csv"))
    await ana.press("#text", "Enter")
    await expect(ana.locator("message-outbox .message")).to_have_count(0)

    await expect(ana.locator("message-list .attachment--file bdi")).to_have_text(["sent.csv"])
    await other.reload()
    await other.wait_for_selector(".connection--live")
    await expect(other.locator(f"{CHIPS} bdi")).to_have_text(["begun.csv"])
    await other.press("#text", "Enter")
    await expect(ana.locator("message-list .attachment--file bdi")).to_have_text(["sent.csv", "begun.csv"])


async def test_without_scripts_files_go_with_the_form(visitors: Visitors) -> None:
    ana = await visitors.sign_up("plain-files")
    slug = await make_room(ana, "Plain files")
    ben = await visitors.sign_up("plain-files-ben", slug, java_script_enabled=False)

    await ben.set_input_files(".files__plain", [picture("by-hand.png", (60, 40)), text_file("by-hand.txt")])
    await ben.click(".composer__send")

    for page in (ben, ana):
        await expect(page.locator(".message .attachment--picture img")).to_have_attribute("alt", "by-hand.png")
        await expect(page.locator(".message .attachment--file")).to_contain_text("by-hand.txt")


async def test_a_file_that_only_says_it_is_a_picture_is_shown_as_a_file(visitors: Visitors) -> None:
    ana = await visitors.sign_up("files-pretender")
    await make_room(ana, "Pretender")
    await choose(ana, {"name": "not.png", "mimeType": "image/png", "buffer": b"<svg onload='alert(1)'/>"})

    await ana.press("#text", "Enter")

    await expect(ana.locator("message-list a.attachment--file")).to_contain_text("not.png")
    assert await pictures(ana) == 0


async def pictures(page: Page) -> int:
    return await page.locator(".attachment--picture").count()
