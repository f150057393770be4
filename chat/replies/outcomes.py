"""What came of an attempt, before it stands in any row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chat import markup
from chat.providers import FailureKind

NOTHING = markup.Rendered("", ())
CRASHED = "internal"  # an error of our own: no kind of failure of a back end


@dataclass(frozen=True, slots=True)
class Told:
    """A conversation that a back end remembers now: whose, what it calls it, and how new what it was told was."""

    assistant_id: int
    conversation_id: str
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How an attempt ended. ``reason`` is the word of the contract: stop, length, stopped …

    ``has_given_up``: everybody in the chain was asked, and nobody began. ``was_asked``: a request may have gone out.
    """

    status: str
    reason: str
    text: str = ""
    body: markup.Rendered = NOTHING
    sequence: int = 0
    reasoning: str = ""
    model: str = ""
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost: float | None = None  # as the back end names it
    first_reasoning_at: datetime | None = None
    first_token_at: datetime | None = None
    error_kind: str = ""
    error_detail: str = ""
    is_retryable: bool = True
    retry_at: datetime | None = None
    remote_id: str = ""
    told: Told | None = None
    has_given_up: bool = False
    was_asked: bool = False

    @property
    def is_refused(self) -> bool:
        """Nobody was asked: a limit is used up, or assistants are switched off. No back end has failed."""
        return self.error_kind in (FailureKind.LIMIT, FailureKind.OFF)
