"""What a process that serves a site, or writes its replies, says before it ends."""

from __future__ import annotations

from chat.events import say_all
from chat.hub import current_hub
from chat.providers import close_clients


async def last_words() -> None:
    """No client is closed before: what still streams would take that for a failure of its model."""
    current_hub().others.part()
    await say_all()
    await close_clients()
