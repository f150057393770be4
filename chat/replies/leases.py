"""Keeps the leases of this process, on a thread of its own: a loop that has much to do must not lose what it writes."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable

import structlog
from django.db import close_old_connections, connections

from chat.models.replies import LEASE_SECONDS
from chat.replies import ledger

log = structlog.get_logger(__name__)

RENEW_SECONDS = 3.0
SELF_STOP_SECONDS = LEASE_SECONDS - 2  # by our own clock, before anybody else may take over
WEDGED_SECONDS = 60.0  # a loop that has not turned for so long writes nothing any more: its leases may run out

Held = dict[int, tuple[int, bool]]
NOT_OURS = 0, False


class LeaseKeeper:
    """``replies`` is asked what is being written; ``noted`` hears on the loop what of that is held, and as of when: of
    what the loop has begun to write in this very moment it is told nothing."""

    def __init__(self, owner: str, replies: Callable[[], list[int]], noted: Callable[[float, Held], None]) -> None:
        self._owner = owner
        self._replies = replies
        self._noted = noted
        self._loop = asyncio.get_running_loop()
        self._ended = threading.Event()
        self._renewed_at = self._turned_at = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="leases", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        self._ended.set()

    def join(self) -> None:
        """Blocks, for one query at most."""
        if self._thread.is_alive():
            self._thread.join()

    def loop_turned(self) -> None:
        self._turned_at = time.monotonic()

    def is_too_late(self, claimed_at: float) -> bool:
        """Soon somebody else may take over what was claimed then."""
        return time.monotonic() - max(self._renewed_at, claimed_at) > SELF_STOP_SECONDS

    def _run(self) -> None:
        while not self._ended.wait(RENEW_SECONDS) and not self._loop.is_closed():
            if time.monotonic() - self._turned_at < WEDGED_SECONDS:
                self._renew()
        connections.close_all()

    def _renew(self) -> None:
        asked_at = time.monotonic()
        try:
            close_old_connections()
            replies = self._replies()
            held = dict.fromkeys(replies, NOT_OURS) | (ledger.renew(self._owner, replies) if replies else {})
        except Exception as error:  # noqa: BLE001 - a thread that ends would lose all of them
            log.warning("leases_not_renewed", error=repr(error))
        else:
            self._renewed_at = asked_at
            self._tell(asked_at, held)
        finally:
            close_old_connections()

    def _tell(self, asked_at: float, held: Held) -> None:
        try:
            self._loop.call_soon_threadsafe(self._noted, asked_at, held)
        except RuntimeError:  # the loop was closed meanwhile
            self._ended.set()
