"""Several Redis share what is announced, by room. While one is away its rooms are read by number, and no others."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from itertools import groupby

import httpx
import pytest
from channels_redis.pubsub import RedisPubSubChannelLayer
from pytest_django import Settings

from chat.events import room_group
from chat.events.carriers import carriers_for
from chatsite import backends
from tests.chaos.bots import Bot
from tests.chaos.conftest import Template, copy_sqlite
from tests.fake_llm import FakeLLM
from tests.servers.redis import Redis
from tests.site import Site
from tests.waiting import until

SOON = 15  # by the heartbeat of pages it would be 25 seconds: rooms that may be unheard are read every second
MOST_ROOMS = 12
ROOMS = f"""
from chat.models import Room, User
from chat.services.rooms import add_member, create_room
for number in range({MOST_ROOMS}):
    room = create_room(by=None, name=f"room{{number}}", slug=f"room{{number}}")
    for name in ("ana", "ben"):
        add_member(room=room, by=None, user=User.objects.get(username=name))
    print(room.slug, room.pk)
"""


@dataclass
class Pair:
    """Ana at one process and Ben at another, in one room."""

    ana: Bot
    ben: Bot
    said: int = 0

    async def talk(self) -> None:
        """Each hears the other soon, by whatever way."""
        self.said += 1
        for speaker, listener in ((self.ana, self.ben), (self.ben, self.ana)):
            text = f"{self.said} by {speaker.token[-4:]}"
            await speaker.say(text)
            await listener.until(lambda text=text, listener=listener: text in listener.texts(), SOON)

    async def is_live(self, seconds: float) -> bool:
        """That somebody types is told by the broker or not at all."""
        heard = asyncio.Event()
        self.ben.hear_typing = lambda _: heard.set()
        try:
            async with asyncio.timeout(seconds):
                while not heard.is_set():
                    await self.ana.command(type="typing")
                    await asyncio.sleep(0.1)
        except TimeoutError:
            return False
        return True


@pytest.mark.timeout(240)
async def test_while_one_is_away_only_its_rooms_are_read_by_number(
    site_factory: Callable[..., Site],
    sqlite_template: Template,
    redis_server: Redis,
    other_redis: Redis,
    model: FakeLLM,
) -> None:
    servers = (redis_server, other_redis)
    site = site_factory(REDIS_URL=",".join(server.url for server in servers), RATE_LIMITS="0")
    copy_sqlite(sqlite_template, site, model)
    slugs = rooms_by_carrier(site, servers)
    first, second = site.start(), site.beside().start()
    async with AsyncExitStack() as stack:
        pairs = [await stack.enter_async_context(pair(first, second, sqlite_template, slug)) for slug in slugs]
        for away, server in enumerate(servers):
            assert [await each.is_live(SOON) for each in pairs] == [True, True]
            await asyncio.to_thread(server.stop)
            await until(partial(is_doubted, away, second), SOON)

            await asyncio.gather(*(each.talk() for each in pairs))
            assert await pairs[1 - away].is_live(SOON)
            assert not await pairs[away].is_live(0.5)
            assert await readiness(first) == 503

            await asyncio.to_thread(server.start)
            assert await pairs[away].is_live(SOON)
            await asyncio.gather(*(each.talk() for each in pairs))
        for bot in (bot for each in pairs for bot in (each.ana, each.ben)):
            assert len(bot.arrivals) == len(set(bot.arrivals)) == 8
    assert [host for host, _ in groupby(doubted(second))] == [0, 1]  # on a busy machine one is slow to come back


@asynccontextmanager
async def pair(first: Site, second: Site, template: Template, slug: str) -> AsyncIterator[Pair]:
    async with Bot(first, template.tokens["ana"], slug) as ana, Bot(second, template.tokens["ben"], slug) as ben:
        yield Pair(ana, ben)


def rooms_by_carrier(site: Site, servers: tuple[Redis, ...]) -> list[str]:
    """A room for each of them."""
    carrier_of = backends.broker_of(*(server.url for server in servers))
    made = [line.split() for line in site.manage("shell", "--verbosity=0", "--command", ROOMS).splitlines()]
    found = {carrier_of(room_group(int(pk))): slug for slug, pk in made}
    return [found[number] for number in range(len(servers))]


def is_doubted(host: int, by: Site) -> bool:
    return host in doubted(by)


def doubted(site: Site) -> list[int]:
    """The hosts that a process did not hear, one after the other."""
    return [int(number) for number in re.findall(r"broker_unheard .*\bhost=(\d)", site.log.read_text())]


async def readiness(site: Site) -> int:
    async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
        return (await client.get(f"{site.url}/readyz")).status_code


@pytest.mark.parametrize("number", [1, 2, 3, 5])
async def test_each_has_a_beat_of_its_own(settings: Settings, number: int) -> None:
    urls = [f"redis://127.0.0.1:{port}/4" for port in range(6379, 6379 + number)]
    settings.BROKER_OF, settings.BROKER_COUNT = backends.broker_of(*urls), number
    layer = RedisPubSubChannelLayer(**backends.redis_layer(*urls)["CONFIG"])._get_layer()

    carriers = carriers_for("here", asyncio.get_running_loop())

    shards = [layer._shards.index(layer._get_shard(layer._get_group_channel_name(each.beat))) for each in carriers]
    assert shards == [each.number for each in carriers] == list(range(number))
