"""What carries events, cached things and mail."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.mail import get_connection
from django.utils.module_loading import import_string

from chat.services.checkup.findings import Finding, doubt, fault, ok
from chat.services.checkup.keeping import compared

PATIENCE_SECONDS = 3
NOT_SENT = ("console", "dummy", "locmem", "filebased")


def broker() -> Iterator[Finding]:
    """One message through the channel layer and back, by way of each host."""
    if not settings.REDIS_URL:
        yield ok("broker", "In memory: good for one process.")
        return
    from redis import RedisError  # the site imports this, and loads nothing of Redis where it has none

    try:
        for host in settings.CHANNEL_LAYERS["default"]["CONFIG"]["hosts"]:
            asyncio.run(_there_and_back(host))
    except (OSError, TimeoutError, RedisError) as error:
        yield _not_carried(error)
        return
    yield ok("broker", "A message came through Redis.")
    yield _redis_clock()


def caching() -> Iterator[Finding]:
    if keeps():
        yield ok("cache", "It keeps what it is given.")
    else:
        yield fault("cache", "It forgets what it is given.", "Look at Redis: is its memory full (maxmemory)?")


def keeps() -> bool:
    """One that is away forgets at once."""
    key, value = f"checkup:{secrets.token_hex(8)}", secrets.token_hex(8)
    cache.set(key, value, 10)
    kept: bool = cache.get(key) == value
    cache.delete(key)
    return kept


def mail() -> Iterator[Finding]:
    """The server is greeted, and nothing is sent."""
    backend = settings.EMAIL_BACKEND.rsplit(".", 2)[-2]
    if backend in NOT_SENT:
        words = "Mail goes to nobody: forgotten passwords cannot be set anew."
        yield doubt("mail", words, "Set EMAIL_URL, like smtp+tls://user:password@host:587.")
        return
    try:
        connection = get_connection(timeout=PATIENCE_SECONDS)
        connection.open()
        connection.close()
    except OSError as error:  # what smtplib raises is one, too
        yield fault("mail", f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}: {error}", "Set EMAIL_URL right.")
    else:
        yield ok("mail", f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT} takes mail.")


async def _there_and_back(host: dict[str, Any]) -> None:
    layer = import_string(settings.CHANNEL_LAYERS["default"]["BACKEND"])(hosts=[host])  # of this loop alone
    async with asyncio.timeout(PATIENCE_SECONDS):
        channel = await layer.new_channel()
        await layer.send(channel, {"type": "checkup"})
        await layer.receive(channel)
    await layer.close_pools() if hasattr(layer, "close_pools") else await layer.flush()


def _not_carried(error: Exception) -> Finding:
    from redis import AuthenticationError

    if "AUTH" in str(error) or isinstance(error, AuthenticationError):
        words = "Redis wants a password, or another one."
        return fault("broker", words, "Write it into REDIS_URL: redis://:PASSWORD@host:6379/0.")
    words = f"Redis does not carry: {str(error) or 'no answer'}"
    return fault("broker", words, "Start it, or set REDIS_URL right.")


def _redis_clock() -> Finding:
    from redis import Redis

    seconds, microseconds = Redis.from_url(settings.REDIS_URL, socket_timeout=PATIENCE_SECONDS).time()
    return compared("Redis's", datetime.fromtimestamp(seconds + microseconds / 1e6, UTC))
