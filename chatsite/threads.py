"""The threads that wait for the database, so that the loop need not."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections

from chatsite.lastidle import LastIdleExecutor

THREADS = 16


class DatabaseThreads:
    """The loop's executor. A crowd that arrives together makes it start all of its threads, and each that has a
    connection of SQLite keeps a megabyte with it: ``renew`` begins anew, with none."""

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None
        self._kept: list[Any] = []

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        self._kept = []
        self._pool = LastIdleExecutor(THREADS, "database", keep_connection, (self._kept.append,))
        loop.set_default_executor(self._pool)

    def renew(self, is_crowd_gone: bool) -> None:
        """In the running loop. The threads before finish what they were given; after a crowd all is collected."""
        before, kept = self._pool, self._kept
        loop = asyncio.get_running_loop()
        self.start(loop)
        if before is not None:
            loop.run_in_executor(None, end, before, kept, is_crowd_gone)


def end(pool: ThreadPoolExecutor, kept: list[Any], is_crowd_gone: bool) -> None:
    """In a thread of the next ones. What stays of small things, here and there, would hold the memory around it."""
    pool.shutdown()
    for connection in kept:
        connection.inc_thread_sharing()  # whose it was is gone
        connection.close()
    if is_crowd_gone:
        gc.collect()  # and what Python keeps at hand for new tuples and lists: only a full collection lets go of those


def keep_connection(keep: Callable[[Any], None]) -> None:
    """Of SQLite, in a thread that stays. PostgreSQL's go back to their pool.

    Who closes SQLite's last connection tidies up the whole file, which costs more than a post.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor == "sqlite":
        connection.settings_dict = {**connection.settings_dict, "CONN_MAX_AGE": None}
        keep(connection)


database_threads = DatabaseThreads()
