"""How much one person may write. Shared by all processes through Redis, if there is one."""

from __future__ import annotations

import math
import time
from functools import cache

from django.conf import settings
from limits import RateLimitItemPerSecond
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter

from chat.exceptions import RateLimited
from chat.models import User

WINDOW_SECONDS = 10
WRITES = RateLimitItemPerSecond(100, WINDOW_SECONDS, "writes")
FLOOD = RateLimitItemPerSecond(300, WINDOW_SECONDS, "flood")
ANONYMOUS = RateLimitItemPerSecond(300, 60, "anonymous")
SOCKETS_PER_PERSON = 50


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
    if not _limiter().hit(FLOOD, key):
        raise Flooding(_wait(FLOOD, key))
    if not _limiter().hit(WRITES, key):
        raise RateLimited(_wait(WRITES, key))


def spend_anonymous_request(address: str) -> None:
    """Count one request of somebody who is not signed in.

    :raises RateLimited:
    """
    if settings.RATE_LIMITS and not _limiter().hit(ANONYMOUS, address):
        raise RateLimited(_wait(ANONYMOUS, address))


def forget() -> None:
    """Begin anew, as after a restart."""
    _limiter.cache_clear()


@cache
def _limiter() -> MovingWindowRateLimiter:
    return MovingWindowRateLimiter(storage_from_string(**settings.LIMITS_STORAGE))


def _wait(limit: RateLimitItemPerSecond, key: str) -> int:
    """Whole seconds until one more fits."""
    reset_at = _limiter().get_window_stats(limit, key).reset_time
    return max(1, math.ceil(reset_at - time.time()))
