"""Which event loop a serving process runs on."""

from __future__ import annotations

import asyncio
import importlib.util


def choose_event_loop() -> None:
    """uvloop where it is installed. Before ``daphne.server`` is imported: that makes the loop."""
    if importlib.util.find_spec("uvloop"):
        import uvloop

        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
