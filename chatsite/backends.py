"""How databases and brokers have to be set up so that they keep what a chat needs. Each figure has its reason."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg_pool import ConnectionPool

PRAGMAS = {"journal_mode": "WAL", "synchronous": "NORMAL", "foreign_keys": "ON", "journal_size_limit": 64 * 1024**2}
# A message is shown with what a dozen tables say of it. Joined as they are written, which is from the message on by
# primary keys, planning takes 1.4 ms; to look for a better order took 6 to 22 ms for each page, and found none.
JOINS_AS_WRITTEN = "-c join_collapse_limit=1"

# A line whose other end is gone without a word is dead after five seconds; the system would wait for a quarter of an
# hour, and so would each thread that asks by it.
LINE = {"keepalives_idle": 2, "keepalives_interval": 1, "keepalives_count": 3, "tcp_user_timeout": 5000}
# And whoever is gone in the middle of a transaction would hold their room for two hours.
NOBODY_THERE = "-c idle_in_transaction_session_timeout=10s"


def _begin_anew(pool: ConnectionPool[Any]) -> None:
    """It would be begun by the next who asks, but whoever waits already may be the last."""
    if pool.get_stats().get("requests_waiting"):
        pool.check()


def _give_up_unwritable(line: Connection[Any]) -> None:
    """A session that was opened read-only, as where a disk is nearly full, stays so when everybody else may write; the
    pool would hand it out for an hour. Since PostgreSQL 14 each line is told, so that it need not be asked.

    :raises OperationalError: the pool closes it then, and opens another one.
    """
    if line.pgconn.parameter_status(b"default_transaction_read_only") == b"on":
        from psycopg import OperationalError

        raise OperationalError("It was opened read-only, and is not kept.")


# A pool tries less and less often, until after five minutes it gives up: a site would stay away for as long again as
# its database was. One that gives up at once, and is begun anew, tries each second.
POOL: dict[str, Any] = {
    "min_size": 1,
    "max_size": 20,
    "timeout": 10,
    "reconnect_timeout": 2,
    "reconnect_failed": _begin_anew,
    "reset": _give_up_unwritable,
}

# Explicit on every client of ours: a silent Redis costs this much per call, and its own default is another one.
TIMEOUTS = {"socket_timeout": 1, "socket_connect_timeout": 1}


def database(address: dict[str, Any]) -> dict[str, Any]:
    return _sqlite(address) if address["ENGINE"] == "django.db.backends.sqlite3" else _postgresql(address)


def _sqlite(address: dict[str, Any]) -> dict[str, Any]:
    """One writer, many readers; a second writer waits at BEGIN, where waiting works, instead of failing later."""
    init_command = "".join(f"PRAGMA {name}={value};" for name, value in PRAGMAS.items())
    return {
        **address,
        "ENGINE": "chatsite.sqlite",
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": init_command},
        # Threads share a database only if it is a file, and test runs beside each other must not share it.
        "TEST": {"NAME": str(Path(tempfile.gettempdir()) / f"chat-test-{os.getpid()}.sqlite3")},
    }


def _postgresql(address: dict[str, Any]) -> dict[str, Any]:
    given = address.get("OPTIONS", {})
    own = filter(None, [given.get("options")])
    options = " ".join([JOINS_AS_WRITTEN, NOBODY_THERE, *own])  # what the address says comes last
    return {
        **address,
        "CONN_MAX_AGE": 0,  # the pool keeps connections, not the threads
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": 5, **LINE, **given, "options": options, "pool": POOL},
    }


def storages(*, is_hashed: bool) -> dict[str, Any]:
    """Of what people send, and of our own files, whose names hold their hash once they are collected."""
    hashed, plain = "whitenoise.storage.CompressedManifest", "django.contrib.staticfiles.storage."
    return {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": f"{hashed if is_hashed else plain}StaticFilesStorage"},
    }


def redis_layer(*urls: str) -> dict[str, Any]:
    from chatsite.lines import line_to

    return {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [{**TIMEOUTS, **line_to(url)} for url in urls], "prefix": _prefix(urls[0])},
    }


def broker_of(*urls: str) -> Callable[[str], int]:
    """Which of these hosts carries a group: by its name, as the layer has it."""
    if len(urls) < 2:
        return lambda group: 0
    from channels_redis.utils import _consistent_hash  # who has no Redis loads nothing of it: six megabytes

    def number(group: str) -> int:
        return int(_consistent_hash(f"{_prefix(urls[0])}__group__{group}", len(urls)))

    return number


def _prefix(url: str) -> str:
    """Redis publishes across its numbered databases: the number keeps two sites on one server apart."""
    return f"chat{urlsplit(url).path.strip('/') or 0}"


def memory_layer() -> dict[str, Any]:
    return {
        "BACKEND": "channels.layers.InMemoryChannelLayer",
        # The defaults drop bursts of more than 100 and let a hub go deaf after a day.
        "CONFIG": {"capacity": 100_000, "expiry": 3600, "group_expiry": 10**9},
    }


def redis_cache(url: str) -> dict[str, Any]:
    from redis.backoff import NoBackoff
    from redis.exceptions import ConnectionError as RedisConnectionError
    from redis.retry import Retry

    # A connection kept over a restart of Redis fails once: one more try, at once, is enough.
    retry = Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,))
    return {
        "BACKEND": "chatsite.cache.PatientRedisCache",
        "LOCATION": url,
        "KEY_PREFIX": "chat",
        "OPTIONS": {**TIMEOUTS, "retry": retry},
    }


def memory_cache() -> dict[str, Any]:
    return {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 100_000}}


def limits_storage(url: str) -> dict[str, Any]:
    if not url:
        return {"storage_string": "memory://"}
    return {"storage_string": url, **TIMEOUTS}  # asked on database threads, beside the write that is counted
