"""Pictures are looked at one at a time in each process: nobody's many keep everybody else's few waiting."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from weakref import WeakValueDictionary

from chat.database import give_line_back

_locks: WeakValueDictionary[int, threading.Lock] = WeakValueDictionary()
_finding = threading.Lock()


@contextmanager
def turn_of(person_id: int) -> Iterator[None]:
    """One message's files of each person are looked at; their next ones wait. Who waits holds no line to the database:
    twenty did, and nobody else had one."""
    give_line_back()
    with _finding:
        lock = _locks.setdefault(person_id, threading.Lock())
    with lock:
        yield
