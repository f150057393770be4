"""Where a reply on its way is kept in the cache, for processes that come to the room in the middle."""

from __future__ import annotations

KEPT_SECONDS = 60


def growth_key(message_id: int, attempt: int, sequence: int) -> str:
    """One frame of an attempt."""
    return f"reply:{message_id}:{attempt}:{sequence}"


def checkpoint_key(message_id: int, attempt: int) -> str:
    """The whole text of an attempt, and the frame it stands at."""
    return f"reply:{message_id}:{attempt}"
