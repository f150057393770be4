"""What the end of a stream means: the table of finish reasons, and the one of ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chat.providers.errors import FailureKind
from chat.providers.events import Finish
from chat.providers.trouble import Trouble

_FINISHES: Mapping[str, Finish] = {
    **dict.fromkeys(("stop", "end_turn", "eos", "stop_sequence"), "stop"),
    **dict.fromkeys(("length", "max_tokens", "model_length"), "length"),
    **dict.fromkeys(("content_filter", "safety", "refusal"), "content_filter"),
    **dict.fromkeys(("recitation", "prohibited_content", "blocklist", "spii"), "content_filter"),  # Gemini's
    **dict.fromkeys(("tool_calls", "function_call", "tool_use"), "tool_calls"),
}

_BREAKDOWNS: Mapping[str, FailureKind] = {
    "error": FailureKind.SERVER,
    "insufficient_system_resource": FailureKind.OVERLOADED,
    "abort": FailureKind.SERVER,
    "cancelled": FailureKind.SERVER,
}


def finish_from(word: str) -> Finish:
    """Gemini goes on behind a colon: ``content_filter: OTHER``.

    :raises Trouble: the server gave up.
    """
    word = word.partition(":")[0].strip().lower()
    if kind := _BREAKDOWNS.get(word):
        raise Trouble(kind, f"The server ended the answer with {word!r}.")
    return _FINISHES.get(word, "unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """``is_closed``: the server itself marked the end, by ``[DONE]`` or by answering in one whole object."""

    is_closed: bool
    finish: Finish | None
    has_text: bool
    has_refused: bool = False
    wants_tools: bool = False


def conclude(ending: Ending) -> Finish:
    """:raises Trouble: the answer is not one."""
    if ending.finish is None and not ending.is_closed:
        raise Trouble(FailureKind.TRUNCATED, "The stream ended before the answer did.")
    if not ending.has_text:
        raise _nothing_to_show(ending)
    if ending.has_refused and ending.finish in ("stop", None):
        return "content_filter"
    return ending.finish or "unknown"


def _nothing_to_show(ending: Ending) -> Trouble:
    if ending.finish == "tool_calls" or ending.wants_tools:
        return Trouble(FailureKind.UNSUPPORTED, "The model only called tools, and was offered none.")
    if ending.finish == "content_filter":
        return Trouble(FailureKind.CONTENT_FILTER, "The answer was filtered away.")
    if ending.finish == "length":
        words = "All of the answer's token budget went into reasoning: raise max_tokens."
        return Trouble(FailureKind.EMPTY, words, tries_again=0)
    return Trouble(FailureKind.EMPTY, "The answer was empty.")
