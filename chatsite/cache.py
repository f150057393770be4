"""A cache that may fail without failing the site."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError, ResponseError

T = TypeVar("T")
PAUSE_SECONDS = 1.0  # a silent Redis costs one time-out a second, not one per request

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


class PatientRedisCache(RedisCache):
    """Redis; while it does not answer or refuses, an empty cache. What must not be lost is in the database anyway."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._server = _servers.setdefault(server, _Server())

    @property
    def _cache(self) -> Any:
        if self._server.client is None:
            self._server.client = super()._cache
        return self._server.client

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        return self._try(lambda: super(PatientRedisCache, self).get(key, default, version), default)

    def get_many(self, keys: Any, version: int | None = None) -> dict[Any, Any]:
        empty: dict[Any, Any] = {}
        return self._try(lambda: super(PatientRedisCache, self).get_many(keys, version), empty)

    def has_key(self, key: Any, version: int | None = None) -> bool:
        return self._try(lambda: super(PatientRedisCache, self).has_key(key, version), False)

    def set(self, *args: Any, **kwargs: Any) -> None:
        self._try(lambda: super(PatientRedisCache, self).set(*args, **kwargs), None)

    def set_many(self, *args: Any, **kwargs: Any) -> list[Any]:
        none_failed: list[Any] = []
        return self._try(lambda: super(PatientRedisCache, self).set_many(*args, **kwargs), none_failed)

    def add(self, *args: Any, **kwargs: Any) -> bool:
        """Whether the key was free. An absent cache holds nothing, so it was."""
        return self._try(lambda: super(PatientRedisCache, self).add(*args, **kwargs), True)

    def touch(self, *args: Any, **kwargs: Any) -> bool:
        return self._try(lambda: super(PatientRedisCache, self).touch(*args, **kwargs), False)

    def delete(self, *args: Any, **kwargs: Any) -> bool:
        return self._try(lambda: super(PatientRedisCache, self).delete(*args, **kwargs), False)

    def delete_many(self, *args: Any, **kwargs: Any) -> None:
        self._try(lambda: super(PatientRedisCache, self).delete_many(*args, **kwargs), None)

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        return self._try(lambda: super(PatientRedisCache, self).incr(key, delta, version), delta)

    def _try(self, call: Callable[[], T], otherwise: T) -> T:
        if time.monotonic() < self._server.silent_until:
            return otherwise
        try:
            return call()
        except RedisError as error:  # one that answers may refuse, too: full, read-only, another password
            self._server.silent_until = time.monotonic() + PAUSE_SECONDS
            # What a command was refused for is told with the command, and so with what was to be kept.
            is_refused = isinstance(error, ResponseError)
            log.warning("cache unreachable", error=type(error).__name__ if is_refused else str(error))
            return otherwise
