"""One process at a time for what cannot be done by two: each container of a site may begin with `manage.py setup`."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connection

from chat.management.whereabouts import name_of_database

SETUP = 4_711_020_926  # any number will do, if nothing else takes it: PostgreSQL's locks of this kind have no names
AGAIN_SECONDS = 0.2


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Wait for whoever is here already. A process that dies leaves: the lock goes with its connection, or its file."""
    lock = _in_the_database() if connection.vendor == "postgresql" else _beside(Path(name_of_database()))
    with lock:
        yield


@contextmanager
def _in_the_database() -> Iterator[None]:
    with connection.cursor() as cursor:
        # Asked again and again: a question that waits for its answer is one that an index made CONCURRENTLY waits for.
        while not _is_taken(cursor):
            time.sleep(AGAIN_SECONDS)
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [SETUP])


def _is_taken(cursor: Any) -> bool:
    cursor.execute("SELECT pg_try_advisory_lock(%s)", [SETUP])
    return bool(cursor.fetchone()[0])


@contextmanager
def _beside(file: Path) -> Iterator[None]:
    """On its directory: SQLite would lose its own locks on a file that we open and close again."""
    if not file.parent.is_dir():  # the database says so in better words
        yield
        return
    directory = os.open(file.parent, os.O_RDONLY)
    try:
        fcntl.flock(directory, fcntl.LOCK_EX)
        yield
    finally:
        os.close(directory)
