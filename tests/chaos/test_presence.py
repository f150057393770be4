"""A process that is killed takes no leave of its people: the others do, within seconds and once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from chat import presence
from chat.hub.others import SILENT_SECONDS
from chat.hub.watch import HEARTBEAT_SECONDS
from chatsite.cache import PatientRedisCache
from tests.chaos.bots import Bot
from tests.chaos.conftest import Template, copy_postgres, copy_sqlite
from tests.fake_llm import FakeLLM
from tests.servers.postgres import Postgres
from tests.servers.redis import Redis
from tests.site import Site
from tests.waiting import until

PATIENCE_SECONDS = 50.0  # by what the processes have reported it would be a minute, and no room would be told


async def test_people_of_killed_processes_have_gone_once_and_those_who_came_back_have_not(
    site_factory: Callable[..., Site], sqlite_template: Template, redis_server: Redis, model: FakeLLM
) -> None:
    site, tokens = site_factory(REDIS_URL=redis_server.url), sqlite_template.tokens
    copy_sqlite(sqlite_template, site, model)
    reports = reports_in(redis_server)
    first, second, third = [each.start() for each in (site, site.beside(), site.beside())]
    async with Bot(first, tokens["ana"]) as ana, Bot(first, tokens["cleo"]), Bot(second, tokens["dora"]) as dora:
        await until_heard(dora, by=ana)
        async with Bot(second, tokens["ben"]), Bot(second, tokens["cleo"]), Bot(third, tokens["ben"]):
            await until(lambda: ("ben", True) in ana.told and sum(map(len, reports())) == 6)
            for killed in (second, third):
                killed.kill()
        dora.site = first

        await ana.until(lambda: ("ben", False) in ana.told, PATIENCE_SECONDS)
        await asyncio.sleep(3)

        assert [name for name, is_online in ana.told if not is_online] == ["ben"]


async def until_heard(bot: Bot, *, by: Bot) -> None:
    """Comings and goings, like typing, are not told again to a process that has not subscribed to the room yet."""
    heard = asyncio.Event()
    by.hear_typing = lambda _: heard.set()
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not heard.is_set():
            await bot.command(type="typing")
            await asyncio.sleep(0.1)


def reports_in(server: Redis) -> Callable[[], list[presence.People]]:
    """What the processes have said of their people, from now on."""
    cache: Any = PatientRedisCache(server.url, {"KEY_PREFIX": "chat"})
    cache.clear()
    return lambda: list(
        cache.get_many([f"{presence.INDEX}:{each}" for each in cache.get(presence.INDEX) or ()]).values()
    )


@pytest.mark.timeout(240)
async def test_who_waits_for_the_database_has_not_gone(
    site_factory: Callable[..., Site],
    postgres_server: Postgres,
    postgres_template: Template,
    redis_server: Redis,
    model: FakeLLM,
) -> None:
    site, tokens = site_factory(REDIS_URL=redis_server.url), postgres_template.tokens
    copy_postgres(postgres_template, postgres_server, site, model)
    first = site.start()
    async with Bot(first, tokens["ana"]) as ana:
        await asyncio.sleep(SILENT_SECONDS)  # the two ask the database at other moments
        async with Bot(site.beside().start(), tokens["ben"]) as ben:
            await until_heard(ben, by=ana)
            await asyncio.to_thread(hold_rooms, site, HEARTBEAT_SECONDS + SILENT_SECONDS + 5)

            assert [told for told in (*ana.told, *ben.told) if not told[1]] == []


def hold_rooms(site: Site, seconds: float) -> None:
    """As a change of their table does."""
    with psycopg.connect(site.environment["DATABASE_URL"]) as connection:
        connection.execute("LOCK TABLE chat_room")
        time.sleep(seconds)
