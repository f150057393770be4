"""A page that has lived through cuts and kills shows what a fresh one does, element by element."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable

import httpx
import pytest
from playwright.async_api import Page, WebSocketRoute, expect

from tests.e2e.conftest import QUICK, Visitors, Welcome, becomes, say
from tests.e2e.lines import losing_every
from tests.e2e.test_lost_frames import conversation
from tests.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_page_that_lived_through_cuts_and_kills_equals_a_fresh_one(
    welcome: Welcome, site_factory: Callable[..., Site]
) -> None:
    site = site_factory(**QUICK).prepare()
    site.manage("adduser", "ben", "--password-stdin", stdin="correct-horse-1\n")
    token = site.manage("addtoken", "ben").split()[-1]
    site.start()
    ana = await (await welcome(site)).sign_up("ana")
    await ana.route_web_socket("**/ws/**", losing_every(3))
    await ana.reload()
    await ana.wait_for_selector(".connection--live")

    async with httpx.AsyncClient(base_url=site.url, headers={"Authorization": f"Bearer {token}"}) as ben:
        first, second = [(await post(ben, f"said {number}"))["id"] for number in (1, 2)]
        await post(ben, "@demo tell me something long")
        await ana.wait_for_function("() => (document.querySelector('.reply reply-body')?.innerText.length ?? 0) > 50")
        site.kill()
        await say(ana, "typed while it was dead")
        await asyncio.to_thread(site.start)
        await expect(ana.locator("message-outbox .message")).to_have_count(0)
        await ana.context.set_offline(True)
        await ben.patch(f"/api/messages/{first}", json={"text": "said *otherwise*"})
        await ben.delete(f"/api/messages/{second}")
        await post(ben, "an answer", reply_to=first)
        await ana.context.set_offline(False)
        await expect(ana.locator(".reply--complete")).to_have_count(1, timeout=90_000)
        await expect(ana.locator("message-list .message--gone")).to_have_count(1)
        await expect(ana.locator("message-list .message")).to_have_count(6)

    await becomes(lambda: spaced(conversation(ana)), await spaced(fresh_conversation(ana)))


async def test_what_the_database_could_not_take_is_sent_again_within_two_seconds(visitors: Visitors) -> None:
    """By the page's own clock, which stands still but for them: however slow the machine is."""
    ana = await visitors.sign_up("patient")
    refused: list[str] = []
    await ana.route_web_socket("**/ws/**", lambda line: refusing(line, refused, times=3))
    await ana.clock.install()
    await ana.reload()
    await ana.wait_for_selector(".connection--live")
    await ana.evaluate(
        """() => {
            window.refusals = 0 // that whoever sends has heard of
            document.addEventListener("live:json", ({ detail }) => { if (detail.type === "error") refusals += 1 })
        }"""
    )
    await ana.clock.pause_at(await ana.evaluate("Date.now() / 1000 + 1"))

    await say(ana, "in spite of it all")
    for times in (1, 2, 3):
        await becomes(lambda: ana.evaluate("refusals"), times)
        await expect(ana.locator("message-outbox .message--pending")).to_have_count(1)
        await ana.clock.run_for(2_000)
    await ana.clock.resume()

    await expect(ana.locator("message-list .prose").last).to_have_text("in spite of it all")
    await expect(ana.locator("message-outbox .message")).to_have_count(0)
    assert len(set(refused)) == 1


def refusing(line: WebSocketRoute, refused: list[str], times: int) -> None:
    server = line.connect_to_server()
    server.on_message(line.send)

    def ask(frame: str | bytes) -> None:
        command = json.loads(frame)
        if command["type"] != "message.send" or len(refused) == times:
            server.send(frame)
            return
        refused.append(command["client_id"])
        error = {"type": "error", "code": "unavailable", "detail": "Away.", "client_id": command["client_id"]}
        line.send(json.dumps(error))

    line.on_message(ask)


async def post(bot: httpx.AsyncClient, text: str, **fields: int) -> dict[str, int]:
    answer = await bot.post("/api/rooms/general/messages", json={"text": text, **fields})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def spaced(conversation: Awaitable[list[str]]) -> list[str]:
    """However the spaces between its words came."""
    return [" ".join(message.split()) for message in await conversation]


async def fresh_conversation(page: Page) -> list[str]:
    other = await page.context.new_page()
    await other.goto(page.url)
    await other.wait_for_selector(".connection--live")
    return await conversation(other)
