"""A process that was told to end does so within the ten seconds that supervisors give it."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Coroutine
from typing import Any

import structlog

Work = Coroutine[Any, Any, None]

log = structlog.get_logger(__name__)

END_SECONDS = 9.5


def end_at_the_latest() -> None:
    """A thread that waits for a database that does not answer would hold the process for as long.

    By the kernel: while the interpreter puts itself away, no thread of ours runs any more.
    """
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, END_SECONDS)


async def in_time(work: Work, seconds: float) -> None:
    """As far as it comes: a part that fails must not keep the rest from ending."""
    began = time.monotonic()
    try:
        await asyncio.wait_for(work, seconds)
    except Exception as error:  # noqa: BLE001 - whatever it is, this process ends
        log.warning(
            "ended_early",
            what=getattr(work, "__qualname__", ""),
            seconds=round(time.monotonic() - began, 1),
            error=repr(error),
        )
