"""Which event loop a process that serves, or writes replies, runs on."""

from __future__ import annotations

import asyncio
import importlib.util


def choose_event_loop() -> None:
    """uvloop where there is one for this system. Before ``daphne.server`` is imported: that makes the loop."""
    if importlib.util.find_spec("uvloop"):
        import uvloop

        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
