"""A cache that may fail without failing the site."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import structlog
from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.dummy import DummyCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError, ResponseError

from chatsite.backends import memory_cache

T = TypeVar("T")
PAUSE_SECONDS = 1.0  # a silent Redis costs one time-out a second, not one per request
# So begin allauth's keys: sign-ins that failed, codes that were used. Guesses are not free while Redis is away: each
# process then counts by itself.
COUNTED = "allauth"

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Server:
    """What this process knows of one Redis. Django makes a cache for each thread and each task: without this, each of
    them would also have connections of its own, and wait for its own time-out."""

    client: Any = None
    silent_until: float = 0.0


_servers: dict[str, _Server] = {}


def forget_servers() -> None:
    for server in _servers.values():
        if server.client is not None:
            server.client.get_client(write=True).connection_pool.disconnect()
    _servers.clear()


class _Empty(DummyCache):
    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        return delta


class PatientRedisCache(RedisCache):
    """Redis; while it does not answer or refuses, an empty cache, but for what is ``COUNTED``. What must not be lost is
    in the database anyway."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._server = _servers.setdefault(server, _Server())
        self._empty = _Empty(server, params)
        self._own = LocMemCache(server, {"KEY_PREFIX": params.get("KEY_PREFIX", ""), **memory_cache()})

    @property
    def _cache(self) -> Any:
        if self._server.client is None:
            self._server.client = super()._cache
        return self._server.client

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        return self._try(lambda cache: cache.get(key, default, version), key)

    def get_many(self, keys: Any, version: int | None = None) -> dict[Any, Any]:
        return self._try(lambda cache: cache.get_many(keys, version))

    def has_key(self, key: Any, version: int | None = None) -> bool:
        return self._try(lambda cache: cache.has_key(key, version), key)

    def set(self, key: Any, *args: Any, **kwargs: Any) -> None:
        self._try(lambda cache: cache.set(key, *args, **kwargs), key)

    def set_many(self, *args: Any, **kwargs: Any) -> list[Any]:
        return self._try(lambda cache: cache.set_many(*args, **kwargs))

    def add(self, key: Any, *args: Any, **kwargs: Any) -> bool:
        """Whether the key was free. An absent cache holds nothing, so it was."""
        return self._try(lambda cache: cache.add(key, *args, **kwargs), key)

    def touch(self, key: Any, *args: Any, **kwargs: Any) -> bool:
        return self._try(lambda cache: cache.touch(key, *args, **kwargs), key)

    def delete(self, key: Any, *args: Any, **kwargs: Any) -> bool:
        return self._try(lambda cache: cache.delete(key, *args, **kwargs), key)

    def delete_many(self, *args: Any, **kwargs: Any) -> None:
        self._try(lambda cache: cache.delete_many(*args, **kwargs))

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        return self._try(lambda cache: cache.incr(key, delta, version), key)

    def _try(self, call: Callable[[BaseCache], T], key: object = "") -> T:
        meanwhile: BaseCache = self._own if str(key).startswith(COUNTED) else self._empty
        if time.monotonic() < self._server.silent_until:
            return call(meanwhile)
        try:
            return call(cast(BaseCache, super()))
        except RedisError as error:  # one that answers may refuse, too: full, read-only, another password
            self._server.silent_until = time.monotonic() + PAUSE_SECONDS
            # What a command was refused for is told with the command, and so with what was to be kept.
            is_refused = isinstance(error, ResponseError)
            log.warning("cache unreachable", error=type(error).__name__ if is_refused else str(error))
            return call(meanwhile)
