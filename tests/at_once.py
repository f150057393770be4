"""Several people doing something in the same moment, each on a thread with a connection of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from django.db import connection, connections

from tests.waiting import PATIENCE_SECONDS


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """What each returned, or the exception it ended with, in the order given."""
    gate = threading.Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        gate.wait(10)
        try:
            return act()
        except Exception as error:  # noqa: BLE001 - it is what the test looks at
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(run, acts))


def wait_until_held_up(act: Future[Any]) -> None:
    """By us, on PostgreSQL; or until it is done, if nothing holds it up."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    waiting = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with connection.cursor() as cursor:
        while not act.done():
            cursor.execute(f"SELECT EXISTS ({waiting})")
            if cursor.fetchone() == (True,):
                return
            assert time.monotonic() < deadline
            time.sleep(0.01)
