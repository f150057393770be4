"""One try that went wrong: raised inside a provider, never seen outside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chat.providers.errors import FailureKind

TRIES_AGAIN: Mapping[FailureKind, int] = {
    FailureKind.RATE_LIMIT: 2,
    FailureKind.OVERLOADED: 2,
    FailureKind.SERVER: 2,
    FailureKind.NETWORK: 2,
    FailureKind.EMPTY: 1,
    FailureKind.BUSY: 3,
}


@dataclass(frozen=True, slots=True)
class RetryHint:
    """What the server said about trying again: whether, and after how many seconds."""

    allowed: bool | None = None
    after: float | None = None

    def or_else(self, other: RetryHint) -> RetryHint:
        return RetryHint(
            other.allowed if self.allowed is None else self.allowed,
            other.after if self.after is None else self.after,
        )


class Trouble(Exception):
    """``tries_again``: how often this may be tried anew before anything was shown; by default, what suits the kind."""

    def __init__(
        self,
        kind: FailureKind,
        message: str,
        *,
        status: int | None = None,
        hint: RetryHint | None = None,
        tries_again: int | None = None,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.status = status
        self.hint = hint or RetryHint()
        self._tries_again = tries_again

    @property
    def tries_again(self) -> int:
        if self.hint.allowed is not None:
            return 2 if self.hint.allowed else 0
        return TRIES_AGAIN.get(self.kind, 0) if self._tries_again is None else self._tries_again

    @property
    def is_passing(self) -> bool:
        return self.kind.is_passing if self.hint.allowed is None else self.hint.allowed
