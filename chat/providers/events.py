"""What every provider emits, whatever its wire looks like: some events, then exactly one terminal event."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

from chat.providers.errors import FailureKind

_MOST = 2**31 - 1  # as of one count (``as_count``)
Finish = Literal["stop", "length", "content_filter", "tool_calls", "stopped", "unknown"]


@dataclass(frozen=True, slots=True)
class Started:
    """The server has named itself; at most once, and only when something is known."""

    request_id: str = ""
    model: str = ""
    task_id: str = ""
    conversation_id: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """Append this to the answer; never empty, always storable as UTF-8."""

    delta: str


@dataclass(frozen=True, slots=True)
class Replace:
    """Everything shown so far gives way to this; of an answer that is gone on with, what this stream has shown.

    ``were_thoughts``: it turned out to be no answer; ``Reasoning`` says it once more, next.
    """

    text: str
    were_thoughts: bool = False


@dataclass(frozen=True, slots=True)
class Reasoning:
    """Thinking aloud: progress, but no part of the answer."""

    delta: str


@dataclass(frozen=True, slots=True)
class Tool:
    """The model wants to call something; informational."""

    name: str


@dataclass(frozen=True, slots=True)
class File:
    kind: str
    url: str

    @property
    def link(self) -> str:
        """In Markdown, as it stands in an answer."""
        return f"\n\n[{self.kind}](<{self.url}>)\n\n"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something people should know about this answer, in words of our own; it is no part of the answer."""

    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens counted by the server; the last one wins. ``cost`` is in the provider's credits or US dollars."""

    prompt: int | None = None
    completion: int | None = None
    total: int | None = None
    cost: float | None = None
    reasoning: int | None = None
    cached: int | None = None

    def __add__(self, other: Usage) -> Usage:
        """Of two tries, as far as a database's integer goes. What neither of them counted stays unknown."""
        counted = {each.name: (getattr(self, each.name), getattr(other, each.name)) for each in fields(self)}
        known = {name: [count for count in pair if count is not None] for name, pair in counted.items()}
        return Usage(**{name: min(sum(counts), _MOST) for name, counts in known.items() if counts})


@dataclass(frozen=True, slots=True)
class Activity:
    """The line is alive, though nothing to show has come."""


@dataclass(frozen=True, slots=True)
class Done:
    finish: Finish


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """``message`` holds the provider's own words, redacted, for staff; people are told ``PLAIN_WORDS[kind]``.

    ``retryable``: the same request may succeed later (the provider has already done its own retries).
    ``retry_after``: not before so many seconds, if the server said so. ``partial``: some text was emitted.
    """

    kind: FailureKind
    message: str
    retryable: bool = False
    retry_after: float | None = None
    status: int | None = None
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The caller asked for it."""


Terminal = Done | Failed | Cancelled
ProviderEvent = Started | Text | Replace | Reasoning | Tool | File | Notice | Usage | Activity | Terminal
