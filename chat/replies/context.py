"""History to turns, within a budget. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from chat.providers import Turn

TURN_OVERHEAD_TOKENS = 4


@dataclass(frozen=True, slots=True)
class Said:
    """One message of the room: ``is_own`` if this very assistant wrote it."""

    name: str
    text: str
    is_own: bool = False


def estimate_tokens(text: str) -> int:
    """Four bytes of English to a token, three of most other scripts: rather too many than too few."""
    return len(text.encode()) // 3 + TURN_OVERHEAD_TOKENS


def build_turns(*, prompt: str, history: Sequence[Said], budget: int) -> tuple[Turn, ...]:
    """The newest messages that fit, oldest first; the last one always goes along, whatever its length.

    People share one role, so each is named in the text. Neighbours of one role are joined, for many local chat
    templates insist on alternation.
    """
    kept: list[Said] = []
    left = budget - estimate_tokens(prompt)
    for said in reversed(history):
        left -= estimate_tokens(said.text)
        if left < 0 and kept:
            break
        kept.append(said)
    turns: list[Turn] = [Turn("system", prompt)] if prompt else []
    for said in reversed(kept):
        _add(turns, "assistant" if said.is_own else "user", said.text if said.is_own else f"{said.name}: {said.text}")
    return tuple(turns)


def _add(turns: list[Turn], role: Literal["user", "assistant"], text: str) -> None:
    if turns and turns[-1].role == role:
        turns[-1] = Turn(role, f"{turns[-1].content}\n\n{text}")
    else:
        turns.append(Turn(role, text))
