"""A pool that gives work to the thread that rested last.

The library's own gives it to each in turn. A thread that has just done something has still in the processor's caches
what it needs, and SQLite what it has read: whoever comes after fifteen others has to look for all of it again.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import Any


class Place:
    """Where one idle thread waits for its work."""

    __slots__ = ("_called", "work")

    def __init__(self) -> None:
        self.work: Any = None
        self._called = threading.Lock()
        self._called.acquire()

    def wait(self) -> Any:
        self._called.acquire()
        return self.work

    def call(self, work: Any) -> None:
        self.work = work
        self._called.release()


class LastIdleFirst:
    """As much of a queue as an executor asks for: work in its order, threads in the opposite one."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # an executor that is collected puts something in, in whatever thread that is
        self._work: deque[Any] = deque()
        self._idle: list[Place] = []

    def put(self, work: Any) -> None:
        with self._lock:
            place = self._idle.pop() if self._idle else None
            if place is None:
                self._work.append(work)
        if place is not None:
            place.call(work)

    def get(self, block: bool = True) -> Any:
        """:raises queue.Empty: there is none, and it is not waited for."""
        place = Place()
        with self._lock:
            if self._work:
                return self._work.popleft()
            if not block:
                raise queue.Empty
            self._idle.append(place)
        return place.wait()

    def get_nowait(self) -> Any:
        return self.get(block=False)


class LastIdleExecutor(ThreadPoolExecutor):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._work_queue: Any = LastIdleFirst()  # no door for this; where it is not asked, threads take turns as before
