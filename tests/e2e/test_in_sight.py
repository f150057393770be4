"""What one points at, presses or looks for is seen: nothing lies over it, and nothing of it is cut off."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.async_api import Locator, expect

from tests.e2e.conftest import Visitors, make_room, say, say_lines
from tests.fake_llm import FakeLLM
from tests.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 720}}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 720}, "has_touch": True, "is_mobile": True}


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


async def box(element: Locator) -> dict[str, float]:
    found = await element.bounding_box()
    assert found is not None
    return dict(found)
