"""What one points at, presses or looks for is seen: nothing lies over it, and nothing of it is cut off."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.async_api import Locator, expect

from tests.e2e.conftest import Visitors, make_room, say, say_lines, scripted, send_form
from tests.fake_llm import FakeLLM
from tests.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 720}}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 720}, "has_touch": True, "is_mobile": True}

OUTLOOK = """(line, name) => {
    const strong = Object.assign(document.createElement("b"), { textContent: name })
    line.replaceChildren(strong, " still writes; what you send now gets its own answer")
}"""


@pytest.fixture(scope="module")
def model() -> Iterator[FakeLLM]:
    with FakeLLM() as running:
        yield running


@pytest.mark.parametrize("device", [DESK, PHONE], ids=["desk", "phone"])
async def test_what_can_be_done_with_a_message_leaves_its_words_free(
    visitors: Visitors, device: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    ana = await visitors.sign_up(f"free-words-{request.node.callspec.id}", **device)
    await make_room(ana, f"Free words {request.node.callspec.id}")
    await say_lines(ana, 3)
    message = ana.locator(".message--follow").last
    actions = message.locator(".message__actions")

    await message.locator(".prose").click()
    await expect(actions).to_have_css("opacity", "1")

    words, tools = await box(message.locator(".prose")), await box(actions)
    assert tools["y"] + tools["height"] <= words["y"] + 1
    for y in range(int(words["y"]) + 2, int(tools["y"]), -1):  # there is no gap on the way to them
        await ana.mouse.move(tools["x"] + 9, y)
        assert await message.evaluate("message => message.matches(':hover')")


@pytest.mark.parametrize("device", [DESK, PHONE], ids=["desk", "phone"])
async def test_help_is_closed_from_wherever_one_reads_in_it(
    visitors: Visitors, device: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    ana = await visitors.sign_up(f"helped-{request.node.callspec.id}", **device)
    help_, close = ana.locator("#writing"), ana.locator("#writing [aria-label=Close]")
    await ana.fill("#text", "/help")

    await ana.click(".composer__send")

    await expect(close).to_be_focused()
    await expect(close).to_be_in_viewport(ratio=1)
    commands, bar = await box(ana.locator("#commands")), await box(ana.locator("#writing form"))
    assert bar["y"] + bar["height"] <= commands["y"] < bar["y"] + bar["height"] + 40
    await close.click()
    await ana.click(".composer__help")
    await expect(help_).to_be_visible()
    assert await help_.evaluate("dialog => dialog.scrollTop") == 0


async def test_what_has_ended_while_it_was_held_cannot_be_stopped(
    visitors: Visitors, shared_site: Site, model: FakeLLM
) -> None:
    shared_site.order("addassistant", "ending", "--provider", "openai", "--base-url", model.url, "--model", "tiny-1")
    shared_site.order("addroom", "held-to-the-end", "--assistant", "ending")
    ana = await visitors.sign_up("holds-on", "held-to-the-end")
    hold = model.hold("Two words", " and an end.")
    await say(ana, "@ending go")
    await expect(ana.locator("reply-body")).to_have_text("Two words")
    go_on = ana.locator("reply-hold button")
    await go_on.click()
    await ana.focus(".reply__stop")

    hold.release()

    await expect(ana.locator("reply-hold")).to_contain_text("3 words waiting")
    await expect(ana.locator(".reply__stop")).to_have_count(0)
    await expect(go_on).to_be_focused()
    await go_on.click()
    await expect(ana.locator(".reply--complete reply-body")).to_have_text("Two words and an end.")


async def test_the_name_of_a_room_has_the_room_that_no_topic_needs(visitors: Visitors) -> None:
    ana = await visitors.sign_up("names-at-length", **DESK)
    await make_room(ana, "A name that is as long as names of rooms may be")

    title = ana.locator(".header__title")

    assert await title.evaluate("title => title.scrollWidth <= title.clientWidth")


async def test_the_way_back_stands_at_the_end_of_its_line(visitors: Visitors) -> None:
    ana = await visitors.sign_up("back-at-the-end", **PHONE)
    await ana.goto("/rooms/general/settings")

    line, back = await box(ana.locator(".header__row")), await box(ana.locator(".header__actions"))

    assert line["x"] + line["width"] - back["x"] - back["width"] < 16


async def test_what_is_to_be_written_ends_in_dots_where_it_has_no_room(visitors: Visitors) -> None:
    ana = await visitors.sign_up("cut-short", **PHONE)

    await expect(ana.locator("#text")).to_have_css("text-overflow", "ellipsis")
    own = "text => ['overflowX', 'textOverflow'].map(name => getComputedStyle(text, '::placeholder')[name])"
    assert await ana.locator("#text").evaluate(own) == ["hidden", "ellipsis"]


@pytest.mark.parametrize("width", [320, 390])
async def test_what_is_said_under_the_composer_is_said_to_its_end(visitors: Visitors, width: int) -> None:
    ana = await visitors.sign_up(f"end-of-line-{width}", **(PHONE | {"viewport": {"width": width, "height": 700}}))
    line, status = ana.locator("typing-line"), ana.locator(".status")
    before = await box(status)

    for name in ("demo", "An assistant of a very long name"):
        await line.evaluate(OUTLOOK, name)
        assert await line.evaluate("line => line.scrollHeight <= line.clientHeight + 1")
        assert await status.evaluate("status => status.scrollHeight <= status.clientHeight + 1")
    await line.evaluate("line => { line.textContent = '' }")

    assert (await box(status))["height"] == before["height"]


async def test_another_assistant_is_offered_where_there_is_another(
    visitors: Visitors, shared_site: Site, model: FakeLLM
) -> None:
    ana = await visitors.sign_up("asks-one")
    await ana.goto(await send_form(ana, "/chats/new/", assistant="demo"))
    await ana.wait_for_selector(".connection--live")
    await say(ana, "count to three")
    await expect(ana.locator(".reply--complete")).to_have_count(1)
    ask = ana.locator(".reply [title='Ask another assistant']")

    await ana.hover(".reply")
    await expect(ana.locator(".reply [title='Ask again']")).to_be_visible()
    await expect(ask).to_be_hidden()
    shared_site.order("addassistant", "another", "--provider", "openai", "--base-url", model.url, "--model", "tiny-1")
    await say(ana, "/invite @another")

    await expect(ask).to_be_visible()


@pytest.mark.parametrize("page", ["rooms", "people", "chats"])
async def test_what_was_searched_for_is_there_on_the_way_back(visitors: Visitors, page: str) -> None:
    ana = await visitors.sign_up(f"goes-back-{page}")
    if page == "rooms":
        await make_room(ana, "Wanted goes-back")
    elif page == "chats":
        await ana.goto(await send_form(ana, "/chats/new/", assistant="demo"))
        await ana.wait_for_selector(".connection--live")
        await say(ana, "about goes-back & more")
        await expect(ana.locator(".reply--complete")).to_have_count(1)
    await ana.goto(f"/{page}/")
    await scripted(ana)
    ends = {"rooms": "", "people": "-people", "chats": " & m"}
    found, find = ana.locator("#listed .directory__name"), ana.locator("#filter")

    for words, count in {"nothing is called that": 0, f"goes-back{ends[page]}": 1}.items():
        await find.fill(words)
        await expect(found).to_have_count(count)
    await found.click()
    await expect(ana.locator("#listed")).to_have_count(0)
    await ana.go_back()

    for _ in ("back", "reloaded"):
        await expect(find).to_have_value(words)
        await expect(found).to_have_count(1)
        await ana.reload()


async def box(element: Locator) -> dict[str, float]:
    found = await element.bounding_box()
    assert found is not None
    return {"y": found["y"], "x": found["x"], "width": found["width"], "height": found["height"]}
