"""What lines of the log say: of a request, besides its status, what was found out; of an error, its words."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

# One dictionary for the whole request, and not a variable for each fact: what a thread or task of it notes is seen by
# all of them.
_facts: ContextVar[dict[str, Any] | None] = ContextVar("facts", default=None)


def begin() -> dict[str, Any]:
    """The facts of the request that begins here, to be read at its end."""
    facts: dict[str, Any] = {}
    _facts.set(facts)
    return facts


def note(**facts: Any) -> None:
    if (noted := _facts.get()) is not None:
        noted.update(facts)


def told(error: Exception) -> str:
    """Its kind and its words: of what the client of Redis raises, ``repr`` is the kind alone."""
    return f"{type(error).__name__}: {error}"
