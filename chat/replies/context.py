"""History to turns, within a budget. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from chat.providers import Turn
from chat.replies.framing import Said, shown
from chat.replies.tokens import estimate_tokens

RESERVE_TOKENS = 4096  # for an answer whose length nobody has limited


@dataclass(frozen=True, slots=True)
class Context:
    """``tokens`` is what the turns are estimated at, ``spoken_tokens`` those that are not the system's."""

    turns: tuple[Turn, ...]
    tokens: int
    spoken_tokens: int


def budget_of(window: int, max_tokens: int | None, begun: str = "") -> int:
    """What a model's window leaves for the question and what was said before, beside the answer and what of it there is
    already: never less than a quarter of it, and half where nothing has begun."""
    budget = window - min(max_tokens or min(RESERVE_TOKENS, window // 4), window // 2)
    return max(budget - estimate_tokens(begun), window // 4) if begun else budget


def build_context(*, system: str, newest_first: Iterable[Said], budget: int, quoted: Said | None = None) -> Context:
    """The newest messages that fit, oldest first, each whole. The question, which is the newest, always goes along.

    So does what it quotes, right before it, unless that stands there anyway. ``newest_first`` is read no further than
    the budget goes.
    """
    fixed = estimate_tokens(system) if system else 0
    tokens = fixed + (_cost(quoted, is_quoted=True) if quoted else 0)
    kept: list[Said] = []
    for said in newest_first:
        cost = _cost(said)
        if kept and tokens + cost > budget:
            break
        tokens += cost
        kept.append(said)
    told = [Turn("system", system)] if system else []
    return Context((*told, *_turns(kept[::-1], quoted)), tokens, tokens - fixed)


def _turns(history: Sequence[Said], quoted: Said | None) -> list[Turn]:
    turns: list[Turn] = []
    for said in history[:-1]:
        _add(turns, "assistant" if said.is_own else "user", shown(said))
    if quoted is not None and [said.sequence for said in history[-2:-1]] != [quoted.sequence]:
        _add(turns, "user", shown(quoted, is_quoted=True))
    for said in history[-1:]:
        _add(turns, "assistant" if said.is_own else "user", shown(said))
    return turns


def _add(turns: list[Turn], role: Literal["user", "assistant"], text: str) -> None:
    """Neighbours of one role are joined, for many local chat templates insist on alternation."""
    if turns and turns[-1].role == role:
        turns[-1] = Turn(role, f"{turns[-1].content}\n\n{text}")
    else:
        turns.append(Turn(role, text))


def _cost(said: Said, *, is_quoted: bool = False) -> int:
    return estimate_tokens(shown(said, is_quoted=is_quoted))
