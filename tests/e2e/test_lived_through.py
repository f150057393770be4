"""A page that has lived through cuts and kills shows what a fresh one does, element by element."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Callable
from contextlib import AsyncExitStack

import httpx
import pytest
from playwright.async_api import Page, WebSocketRoute, expect

from tests.e2e.conftest import PATIENCE_MS, QUICK, Visitors, Welcome, becomes, make_room, say
from tests.e2e.lines import losing_every
from tests.e2e.living import Broker, Life
from tests.e2e.proxy import proxy_before
from tests.e2e.shown import differences
from tests.e2e.test_transports import LIGHTS, behind
from tests.servers.redis import Redis
from tests.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

SEEDS = os.environ.get("LIVED_THROUGH", "").split()  # such as "1 2 3": each of them by each way
LIVES = [(way, int(seed)) for way in LIGHTS for seed in SEEDS] or [("socket", 1)]


@pytest.mark.parametrize(("way", "seed"), LIVES)
@pytest.mark.timeout(600)
async def test_a_page_that_lived_through_anything_equals_a_fresh_one(
    way: str, seed: int, welcome: Welcome, site_factory: Callable[..., Site], redis_server: Redis
) -> None:
    site = site_factory(**QUICK, REDIS_URL=redis_server.url).prepare().start()
    other = site.beside().start()
    async with proxy_before(site.port) as proxy, AsyncExitStack() as bots:
        ben = await (await welcome(other)).sign_up("ben")
        room = await make_room(ben, "Lived in")
        site.order("addroom", room, "--assistant", "demo")
        ana = await (await behind(proxy, welcome, way)).sign_up("ana", room)
        for page in (ben, ana) if way == "socket" else (ben,):
            await page.route_web_socket("**/ws/**", losing_every(3))
            await page.reload()
        await expect(ana.locator(".connection__words")).to_have_text(LIGHTS[way])
        clients = {name: await bots.enter_async_context(bot_of(name, other)) for name in ("ben", "ana")}
        life = Life(seed, ana, ben, proxy, site, Broker(redis_server), room, clients)

        try:
            await life.live()
            await life.come_to_rest()
            for page in (ana, ben):
                await page_becomes_fresh(page)
            assert await life.told(life.typed) == life.typed
        except BaseException as error:
            error.add_note(f"{way}, seed {seed}: {' '.join(life.log)}")
            raise


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


def bot_of(name: str, site: Site) -> httpx.AsyncClient:
    token = site.order("addtoken", name).split()[-1]
    return httpx.AsyncClient(base_url=site.url, headers={"Authorization": f"Bearer {token}"}, timeout=60)


async def page_becomes_fresh(page: Page) -> None:
    fresh = await page.context.new_page()
    await fresh.goto(page.url)
    await fresh.wait_for_selector(".connection--live")
    until = time.monotonic() + PATIENCE_MS / 1000
    while (wrong := await differences(page, fresh)) and time.monotonic() < until:
        await asyncio.sleep(0.2)
    if wrong:
        pytest.fail("\n".join(wrong))
    await fresh.close()
