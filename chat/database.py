"""The one way from the event loop to the database."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from channels.db import database_sync_to_async
from django.db import DatabaseError, InterfaceError, OperationalError

AWAY = (OperationalError, InterfaceError)  # it does not answer: nobody knows what it has taken
FAILED = (DatabaseError, InterfaceError)  # whatever it raises: the second is none of the first

P = ParamSpec("P")
T = TypeVar("T")


async def in_database(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run blocking code on a worker thread of this loop.

    Not on the one thread that thread-sensitive calls share (one slow query of anybody would delay everybody), and with
    connections given back afterwards, which plain ``sync_to_async`` does not do.
    """
    result: T = await database_sync_to_async(function, thread_sensitive=False)(*args, **kwargs)
    return result
