from __future__ import annotations

import asyncio

import httpx

from tests.chaos.bots import Bot
from tests.chaos.conftest import Peopled
from tests.prometheus import Scraped, read
from tests.servers.redis import Redis
from tests.site import Site


async def scraped(site: Site) -> Scraped:
    async with httpx.AsyncClient(trust_env=False) as prometheus:
        return read((await prometheus.get(f"{site.url}/metrics", timeout=10)).text)


async def test_a_broker_that_is_gone_is_told_and_that_it_came_back(peopled_site: Peopled, redis_server: Redis) -> None:
    site, tokens = peopled_site
    site.environment["REDIS_URL"] = redis_server.url
    site.start()
    before = await scraped(site)
    async with Bot(site, tokens["ana"]) as ana, asyncio.timeout(60):
        redis_server.stop()
        try:
            await ana.say("hello")
            while (during := await scraped(site))["chat_broker_up"]:
                await asyncio.sleep(0.2)
        finally:
            redis_server.start()
        while not (after := await scraped(site))["chat_broker_up"]:
            await asyncio.sleep(0.2)

    assert (before["chat_broker_up"], before["chat_broker_failures_total"]) == (1, 0)
    assert during["chat_broker_failures_total"] == 1
    assert after["chat_sockets websocket"] == 1
    assert after["chat_posts_total"] == 1
