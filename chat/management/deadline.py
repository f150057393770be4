"""A process that was told to end does so within the ten seconds that supervisors give it."""

from __future__ import annotations

import asyncio
import faulthandler
import os
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import structlog

Work = Coroutine[Any, Any, None]

log = structlog.get_logger(__name__)

END_SECONDS = 9.5


def end_at_the_latest() -> None:
    """A thread that waits for a database that does not answer would hold the process for as long.

    Not by a thread of ours: none runs any more while the interpreter puts itself away. Nor by a signal: the first
    process of a container gets none that it has not asked for.
    """
    nowhere = Path(os.devnull).open("w")  # noqa: SIM115 - until the end
    faulthandler.dump_traceback_later(END_SECONDS, exit=True, file=nowhere)


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
