from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import Visitors, make_room, say, say_lines
from tests.e2e.test_messages import WIDE
from tests.pages import ACCOUNT
from tests.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

ENTRANCES = ["/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"]
OWN = [
    "/rooms/",
    "/rooms/general/",
    "/rooms/general/settings",
    "/rooms/general/export",
    "/people/",
    "/people/demo/",
    "/search/",
    "/search/?q=welcome",
    *ACCOUNT,
]
SIZES = [(1280, 800, "light"), (390, 844, "dark"), (320, 640, "light")]
CUT = """() => [...document.querySelectorAll("*")]
    .filter(one => one.clientWidth && one.scrollWidth > one.clientWidth + 1)
    .map(one => one.className || one.localName)"""


@pytest.mark.parametrize(("width", "height", "scheme"), SIZES)
async def test_no_page_scrolls_sideways_or_complains(visitors: Visitors, width: int, height: int, scheme: str) -> None:
    page = await visitors.sign_up(f"walker-{width}", viewport={"width": width, "height": height}, color_scheme=scheme)
    stranger = await visitors.open("/", viewport={"width": width, "height": height}, color_scheme=scheme)

    wide = []
    for visitor, paths in ((page, OWN), (stranger, ENTRANCES)):
        for path in paths:
            await visitor.goto(path)
            if await visitor.evaluate("document.documentElement.scrollWidth > innerWidth"):
                wide.append(path)

    assert wide == []


async def test_a_list_however_deep_has_width_left_on_a_phone(visitors: Visitors) -> None:
    page = await visitors.sign_up("deepener", viewport={"width": 320, "height": 640})
    await make_room(page, "Depths")
    await say(page, "\n".join(f"{'  ' * depth}- a thought of a thought" for depth in range(12)))
    await expect(page.locator("message-list li")).to_have_count(12)

    deepest = await page.locator("message-list li").last.bounding_box()

    assert deepest is not None
    assert deepest["x"] + deepest["width"] <= 320
    assert deepest["width"] > 60


async def test_the_books_of_many_assistants_scroll_inside_their_page(visitors: Visitors, shared_site: Site) -> None:
    name = "an-assistant-with-a-name-so-long"
    shared_site.order("addassistant", name, "--provider", "demo")
    page = await visitors.sign_up("bookkeeper", viewport={"width": 320, "height": 640})
    await make_room(page, "Books")
    await say(page, f"/ask {name} hello")
    await expect(page.locator(".reply--complete")).to_have_count(1)

    await page.goto("/account/usage/")

    await expect(page.locator(".sums__table").first).to_contain_text(name)
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320


async def test_a_column_of_a_table_stands_where_its_writer_put_it(visitors: Visitors) -> None:
    page = await visitors.sign_up("tabulator")
    await make_room(page, "Columns")
    await say(page, "| a | b | c | d |\n|---|:--|:-:|--:|\n| 1 | 2 | 3 | 4 |")
    await expect(page.locator("message-list td")).to_have_count(4)

    aligned = await page.evaluate(
        "[...document.querySelectorAll('message-list :is(th, td)')].map(cell => getComputedStyle(cell).textAlign)"
    )

    assert [words.removeprefix("-webkit-") for words in aligned] == ["start", "left", "center", "right"] * 2


async def test_a_conversation_is_taken_along_as_a_file(visitors: Visitors) -> None:
    page = await visitors.sign_up("archivist")
    slug = await make_room(page, "To be kept")
    await say_lines(page, 3)
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url) if "/api/" in request.url else None)

    await page.goto(f"/rooms/{slug}/settings")
    await page.click("a:has-text('Export')")
    await page.fill("[name=after]", "2")
    async with page.expect_download() as download:
        await page.click("button:has-text('Download')")
    kept = await download.value

    assert kept.suggested_filename == "to-be-kept.md"
    assert len(fetched) == 1
    text = (await kept.path()).read_text()
    assert "line 3" in text
    assert "line 1" not in text


async def test_a_conversation_on_paper_is_cut_nowhere(visitors: Visitors) -> None:
    page = await visitors.sign_up("printer")
    slug = await make_room(page, "On paper")
    columns = "\n".join("|".join([cell] * 12) for cell in ("a heading", "---", "a value"))
    await page.evaluate(
        "text => document.dispatchEvent(new CustomEvent('outbox:say', { detail: { text } }))", f"{WIDE}\n\n{columns}"
    )
    await expect(page.locator("message-list .prose__scroll")).to_have_count(2)
    export = await page.request.get(f"/api/rooms/{slug}/export?format=html")
    paper = await page.context.new_page()
    await paper.set_viewport_size({"width": 700, "height": 900})

    await paper.set_content(await export.text())
    await paper.emulate_media(media="print")

    assert await paper.evaluate(CUT) == []


async def test_a_room_is_printed_whole(visitors: Visitors) -> None:
    page = await visitors.sign_up("room-printer")
    await make_room(page, "Printed")
    await say_lines(page, 60)

    await page.emulate_media(media="print")

    assert await page.evaluate("innerHeight") < await height_of(page, ".log__page") <= await height_of(page, "html")
    assert await page.locator(".log").evaluate("log => [log.scrollTop, log.scrollHeight - log.clientHeight]") == [0, 0]
    assert await page.locator(".rooms, .dock").evaluate_all("all => all.map(one => one.offsetHeight)") == [0, 0]


async def test_what_is_dark_is_printed_in_ink_for_paper(visitors: Visitors) -> None:
    page = await visitors.sign_up("dark-printer")
    await page.evaluate("localStorage.setItem('theme', 'dark')")
    await page.reload()
    scheme = "getComputedStyle(document.documentElement).colorScheme"
    assert await page.evaluate(scheme) == "dark"

    await page.emulate_media(media="print")

    assert await page.evaluate(scheme) == "light"


async def height_of(page: Page, selector: str) -> float:
    found: float = await page.locator(selector).evaluate("node => node.getBoundingClientRect().height")
    return found


async def test_one_long_word_leaves_staff_the_other_columns(visitors: Visitors, shared_site: Site) -> None:
    page = await visitors.sign_up("one-word")
    await say(page, "x" * 200)
    await expect(page.locator("message-list .prose", has_text="x" * 200)).to_have_count(1)
    shared_site.order("adduser", "one-word", "--staff")

    await page.goto("/admin/chat/message/?q=one-word")

    cell = await page.locator("#result_list .field-words").first.bounding_box()
    assert cell is not None
    assert cell["width"] < 400


async def test_the_rooms_are_a_drawer_on_a_phone(visitors: Visitors) -> None:
    page = await visitors.sign_up("phone", viewport={"width": 390, "height": 844})
    drawer = page.locator("#rooms")

    assert await drawer.is_visible() is False
    await page.click(".header__menu")
    await drawer.wait_for(state="visible")
    await page.keyboard.press("Escape")
    await drawer.wait_for(state="hidden")


async def test_light_and_dark_are_chosen_and_kept(visitors: Visitors) -> None:
    page = await visitors.sign_up("night", color_scheme="light")
    background = "getComputedStyle(document.documentElement).backgroundColor"
    by_day = await page.evaluate(background)

    await page.click("theme-switch button")
    await page.click("theme-switch button")
    by_night = await page.evaluate(background)
    await page.reload()

    assert by_day != by_night == await page.evaluate(background)


async def test_the_conversation_is_walked_by_keys(visitors: Visitors) -> None:
    page = await visitors.sign_up("typewriter")
    await make_room(page, "Keys")
    await say_lines(page, 3)
    focused = """() => {
        const here = document.activeElement
        return here.closest(".message")?.querySelector(".prose").innerText ?? here.ariaLabel ?? here.className
    }"""

    await page.focus(".log")
    stops = []
    for key in ("Tab", "Shift+Tab", "ArrowUp", "ArrowUp", "Tab", "Escape"):
        await page.keyboard.press(key)
        stops.append((key, await page.evaluate(focused)))

    assert stops == [
        ("Tab", "Attach files"),
        ("Shift+Tab", "Conversation"),
        ("ArrowUp", "line 3"),
        ("ArrowUp", "line 2"),
        ("Tab", "line 2"),
        ("Escape", "composer__text"),
    ]
