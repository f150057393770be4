"""How databases and brokers have to be set up so that they keep what a chat needs. Each figure has its reason."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from email.utils import formataddr
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

PRAGMAS = {"journal_mode": "WAL", "synchronous": "FULL", "foreign_keys": "ON", "journal_size_limit": 64 * 1024**2}
# Explicit on every client of ours: a silent Redis costs this much per call, and its own default is another one.
TIMEOUTS = {"socket_timeout": 1, "socket_connect_timeout": 1}


def database(address: dict[str, Any], *, beside: Path) -> dict[str, Any]:
    """:param beside: where the path of a file begins that does not say where."""
    return _sqlite(address, beside) if address["ENGINE"] == "django.db.backends.sqlite3" else _postgresql(address)


def _sqlite(address: dict[str, Any], beside: Path) -> dict[str, Any]:
    """One writer, many readers; a second writer waits at BEGIN, where waiting works, instead of failing later."""
    init_command = "".join(f"PRAGMA {name}={value};" for name, value in PRAGMAS.items())
    return {
        **address,
        "ENGINE": "chatsite.sqlite",
        "NAME": str(beside / address["NAME"]),
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": init_command},
        # Threads share a database only if it is a file, and test runs beside each other must not share it.
        "TEST": {"NAME": str(Path(tempfile.gettempdir()) / f"chat-test-{os.getpid()}.sqlite3")},
    }


def _postgresql(address: dict[str, Any]) -> dict[str, Any]:
    from chatsite import postgresql  # who has no PostgreSQL loads nothing of it

    given = address.get("OPTIONS", {})
    own = filter(None, [given.get("options")])
    options = " ".join([*postgresql.SESSION, *own])  # what the address says comes last
    return {
        **address,
        "CONN_MAX_AGE": 0,  # the pool keeps connections, not the threads
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {**postgresql.LINE, **given, "options": options, "pool": postgresql.POOL},
    }


def storages(*, is_hashed: bool) -> dict[str, Any]:
    """Of what people send, and of our own files, whose names hold their hash once they are collected."""
    hashed, plain = "chatsite.collected.CollectedFiles", "django.contrib.staticfiles.storage.StaticFilesStorage"
    return {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": hashed if is_hashed else plain},
    }


def is_collected(root: Path) -> bool:
    """Whether our own files are there, as `collectstatic` ends by writing.

    :raises ImproperlyConfigured: that cannot be found out.
    """
    listed = root / "staticfiles.json"
    try:
        if not listed.is_file():
            return False
        listed.open("rb").close()
        return True
    except OSError as error:
        advice = "Give it to the account that runs the site."
        raise ImproperlyConfigured(
            f"STATIC_ROOT: {error.filename} cannot be read: {error.strerror}. {advice}"
        ) from error


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


def sender(name: str, *, at: str) -> str:
    """Of mails, in the name of the site at this address: quoted where its name has a comma, say."""
    host = urlsplit(at).hostname or ""
    return formataddr((name, f"chat@{f'[IPv6:{host}]' if ':' in host else host}"))
