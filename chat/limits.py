"""How much one person may write, and have done for them at once. What is written is counted where all processes see
it: in Redis, if there is one."""

from __future__ import annotations

import ipaddress
import math
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import TypeVar

import structlog
from django.conf import settings
from django.utils.translation import gettext as _
from limits import RateLimitItemPerSecond
from limits.errors import StorageError
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import MovingWindowRateLimiter

from chat.exceptions import RateLimited
from chat.logcontext import told
from chat.models import User

T = TypeVar("T")
log = structlog.get_logger(__name__)

WINDOW_SECONDS = 10
WRITES = RateLimitItemPerSecond(100, WINDOW_SECONDS, "writes")
FLOOD = RateLimitItemPerSecond(300, WINDOW_SECONDS, "flood")
ANONYMOUS = RateLimitItemPerSecond(300, 60, "anonymous")
SOCKETS_PER_PERSON = 50
AWAY_SECONDS = 5.0


class Flooding(RateLimited):
    """Three times the limit: the connection is closed."""

    code = "flooding"


def spend_write(user: User) -> None:
    """Count one write of this person.

    :raises RateLimited: over 100 in ten seconds. :raises Flooding: three times as many.
    """
    if not settings.RATE_LIMITS:
        return
    key = str(user.pk)
    if not _meter().hit(FLOOD, key):
        raise Flooding(_meter().wait(FLOOD, key))
    if not _meter().hit(WRITES, key):
        raise RateLimited(_meter().wait(WRITES, key))


def spend_anonymous_request(address: str) -> None:
    """Count one request of somebody who is not signed in.

    :raises RateLimited:
    """
    key = _household(address)
    if settings.RATE_LIMITS and not _meter().hit(ANONYMOUS, key):
        raise RateLimited(_meter().wait(ANONYMOUS, key))


def forget() -> None:
    """Begin anew, as after a restart."""
    _meter.cache_clear()
    for pace in (SYNCS, READS, SEARCHES):
        pace.forget()


class Pace:
    """So many of one person's in each ten seconds, of what a socket asks. In this process alone: a shared count would
    cost as much as the answer. Does not block."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.forget()

    def spend(self, user: User) -> None:
        """:raises RateLimited:"""
        now = time.monotonic()
        if now >= self._ends_at:
            self.forget()
        self._spent[user.pk] += 1
        if settings.RATE_LIMITS and self._spent[user.pk] > self.most:
            raise RateLimited(max(1, math.ceil(self._ends_at - now)))

    def forget(self) -> None:
        self._spent: Counter[int] = Counter()
        self._ends_at = time.monotonic() + WINDOW_SECONDS


class AtOnce:
    """So many of one person's are under way in this process. Only its event loop counts: nothing is locked."""

    def __init__(self, most: int, *, retry_after: int) -> None:
        self.most, self._retry_after = most, retry_after
        self._running: Counter[int] = Counter()

    @contextmanager
    def one_of(self, user: User) -> Iterator[None]:
        """:raises RateLimited: there are as many already."""
        if settings.RATE_LIMITS and self._running[user.pk] >= self.most:
            words = _("Too many of yours are under way. Try again in %(seconds)s s.")
            raise RateLimited(self._retry_after, words % {"seconds": self._retry_after})
        self._running[user.pk] += 1
        try:
            yield
        finally:
            self._running[user.pk] -= 1
            if not self._running[user.pk]:
                del self._running[user.pk]


# Far more than all pages of a person do together, also when a server comes back and each asks what it missed, or where
# several of them follow busy rooms.
SYNCS, READS = Pace(100), Pace(300)
SEARCHES = Pace(60)  # a page looks while one types: four times a second at most
EXPORTS = AtOnce(2, retry_after=10)
# To programs, over ``/v1`` and ``/api/chat``: each lasts as long as a model writes, and has a line to its server that
# rooms would have.
ANSWERS = AtOnce(20, retry_after=5)


class Meter:
    """Counts where all processes see it. While that does not answer, each counts for itself: nobody is held up."""

    def __init__(self, shared: MovingWindowRateLimiter) -> None:
        self._shared = shared
        self._own = MovingWindowRateLimiter(MemoryStorage())
        self._away_until = 0.0

    def hit(self, limit: RateLimitItemPerSecond, key: str) -> bool:
        return self._ask(lambda limiter: limiter.hit(limit, key))

    def wait(self, limit: RateLimitItemPerSecond, key: str) -> int:
        """Whole seconds until one more fits."""
        reset_at = self._ask(lambda limiter: limiter.get_window_stats(limit, key).reset_time)
        return max(1, math.ceil(reset_at - time.time()))

    def _ask(self, question: Callable[[MovingWindowRateLimiter], T]) -> T:
        if time.monotonic() >= self._away_until:
            try:
                return question(self._shared)
            except StorageError as error:
                self._away_until = time.monotonic() + AWAY_SECONDS
                log.warning("limits_not_shared", error=told(error))
        return question(self._own)


def _household(address: str) -> str:
    """With IPv6 whoever has one address has 2**64 of them; one of IPv4 may be written in the words of IPv6."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if known.version == 4:
        return address
    return str(known.ipv4_mapped or ipaddress.ip_network(f"{address}/64", strict=False))


@cache
def _meter() -> Meter:
    storage = storage_from_string(**settings.LIMITS_STORAGE, wrap_exceptions=True)
    return Meter(MovingWindowRateLimiter(storage))
