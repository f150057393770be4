"""Lines to Redis and PostgreSQL that die without a word, while new ones come through."""

from __future__ import annotations

import asyncio
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import environ
import pytest
from channels_redis.pubsub import RedisPubSubChannelLayer
from django.db import DEFAULT_DB_ALIAS
from django.db.utils import ConnectionHandler
from redis.exceptions import RedisError

from chatsite import postgresql
from chatsite.backends import database, redis_layer
from chatsite.lines import SecureLine
from tests.servers.postgres import Postgres
from tests.servers.programs import ROOT
from tests.servers.redis import Redis
from tests.servers.silence import Between, between

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="packets are made to vanish by a filter of Linux's"),
    pytest.mark.timeout(60),
]
GIVEN_UP_BY_THE_SYSTEM = {"socket_keepalive": True, "socket_keepalive_options": {socket.TCP_USER_TIMEOUT: 1000}}


@pytest.mark.parametrize("options", [{}, GIVEN_UP_BY_THE_SYSTEM], ids=["silent", "given up by the system"])
async def test_who_listens_to_redis_by_a_line_that_died_hears_again(redis_server: Redis, options: Any) -> None:
    async with between(redis_server.port) as line:
        config = redis_layer(f"redis://127.0.0.1:{line.port}/0")["CONFIG"]
        layer = RedisPubSubChannelLayer(**{**config, "hosts": [{**config["hosts"][0], **options}]})
        channel = await layer.new_channel()
        await layer.group_add("room", channel)
        assert await is_heard(layer, channel, 1)

        line.vanish()
        await layer.group_add("another", channel)  # of what nobody confirms the system hears in the end

        assert await is_heard(layer, channel, 8)
        await layer.flush()


async def is_heard(layer: RedisPubSubChannelLayer, channel: str, seconds: float) -> bool:
    """Said each half of a second, until it is."""
    hearing = asyncio.create_task(layer.receive(channel))
    until = time.monotonic() + seconds
    while time.monotonic() < until and not hearing.done():
        with suppress(RedisError):  # the line that says it has died, too
            await layer.group_send("room", {"type": "said"})
        await asyncio.wait([hearing], timeout=0.5)
    return hearing.done()


def test_lines_of_tls_are_ours_too():
    (host,) = redis_layer("rediss://:secret@redis.example:6380/2")["CONFIG"]["hosts"]

    assert host["connection_class"] is SecureLine
    assert [host[name] for name in ("host", "port", "db", "password")] == ["redis.example", 6380, 2, "secret"]


@pytest.mark.django_db  # not of its own one: it may ask a database at all
@pytest.mark.parametrize("die", [Between.vanish, Between.swallow], ids=["nothing is confirmed", "all is confirmed"])
async def test_a_room_held_by_a_line_to_postgresql_that_died_is_free_again(
    postgres_server: Postgres, die: Callable[[Between], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "ANSWER_SECONDS", 6)
    url = postgres_server.new_database()
    async with between(postgres_server.port) as line:
        address = environ.Env.db_url_config(url.replace(f":{postgres_server.port}/", f":{line.port}/"))
        connections = ConnectionHandler({DEFAULT_DB_ALIAS: database(address, beside=ROOT)})
        try:
            async with asyncio.timeout(20):
                await asyncio.to_thread(hold_and_lose, connections, partial(die, line), asyncio.get_running_loop())
                await asyncio.to_thread(take, connections)
        finally:
            line.end()
            pools: Any = connections[DEFAULT_DB_ALIAS]
            await asyncio.to_thread(pools.close_pool)


def take(connections: Any) -> None:
    """What every thread waits for who writes to the room."""
    connection = connections[DEFAULT_DB_ALIAS]
    try:
        connection.cursor().execute("SELECT pg_advisory_xact_lock(1)")
    finally:
        connection.close()


def hold_and_lose(connections: Any, lose: Callable[[], None], loop: asyncio.AbstractEventLoop) -> None:
    connection = connections[DEFAULT_DB_ALIAS]
    connection.set_autocommit(False)
    connection.cursor().execute("SELECT pg_advisory_xact_lock(1)")
    loop.call_soon_threadsafe(lose)
    time.sleep(0.5)
    began = time.monotonic()
    with pytest.raises(Exception, match=r"connection|timeout|timed out"):
        connection.cursor().execute("SELECT 1")
    assert time.monotonic() - began < 8
    connection.close()
