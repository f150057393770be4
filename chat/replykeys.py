"""Where a reply on its way is kept in the cache, for processes that come to the room in the middle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

KEPT_SECONDS = 60


def frame_key(growth: Mapping[str, Any]) -> str:
    """Of one announcement, whichever kind it is of."""
    key = thought_key if growth["kind"] == "reasoning" else growth_key
    return key(growth["message"], growth["attempt"], growth["sequence"])


def growth_key(message_id: int, attempt: int, sequence: int) -> str:
    """One frame of an attempt."""
    return f"reply:{message_id}:{attempt}:{sequence}"


def thought_key(message_id: int, attempt: int, sequence: int) -> str:
    """One frame of what its model thinks."""
    return f"reply:{message_id}:{attempt}:thought:{sequence}"


def checkpoint_key(message_id: int, attempt: int) -> str:
    """The whole text of an attempt and the frame it stands at, then the same of its thoughts."""
    return f"reply:{message_id}:{attempt}"
