"""History to turns, within a budget. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from chat.providers import Turn
from chat.replies.enclosing import Allowance, EmptyShelf, Enclosing, Telling
from chat.replies.files import NO_ROOM, described
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


def build_context(
    *,
    system: str,
    newest_first: Iterable[Said],
    budget: int,
    quoted: Said | None = None,
    enclosing: Enclosing | None = None,
) -> Context:
    """The newest messages that fit, oldest first, each whole. The question, which is the newest, always goes along.

    So does what it quotes, right before it, unless that stands there anyway. ``newest_first`` is read no further than
    the budget goes. Of files, those of the question come first, then those of what it quotes, then the newest.
    """
    enclosing = enclosing or Enclosing(EmptyShelf(), Allowance())
    fixed = estimate_tokens(system) if system else 0
    tokens = fixed + (_cost(quoted, is_quoted=True) if quoted else 0)
    kept: list[Said] = []
    for said in newest_first:
        cost = _cost(said)
        if kept and tokens + cost > budget:
            break
        tokens += cost
        if not kept:
            enclosing.open(budget - tokens)
        tokens += _enclose(enclosing, said, budget - tokens)
        if not kept and quoted is not None:
            tokens += _enclose(enclosing, quoted, budget - tokens)
        kept.append(said)
    told = [Turn("system", system)] if system else []
    return Context((*told, *_turns(kept[::-1], quoted, Telling(enclosing))), tokens, tokens - fixed)


def _enclose(enclosing: Enclosing, said: Said, room: int) -> int:
    """An assistant's own turns carry nothing but words."""
    return 0 if said.is_own else enclosing.take(said, room)


def _turns(history: Sequence[Said], quoted: Said | None, telling: Telling) -> list[Turn]:
    turns: list[Turn] = []
    for said in history[:-1]:
        _add(turns, _turn(said, telling))
    if quoted is not None and [said.sequence for said in history[-2:-1]] != [quoted.sequence]:
        _add(turns, Turn("user", *telling.tell(quoted, is_quoted=True)))
    for said in history[-1:]:
        _add(turns, _turn(said, telling))
    return turns


def _turn(said: Said, telling: Telling) -> Turn:
    return Turn("assistant" if said.is_own else "user", *telling.tell(said))


def _add(turns: list[Turn], turn: Turn) -> None:
    """Neighbours of one role are joined, for many local chat templates insist on alternation."""
    if not turns or turns[-1].role != turn.role:
        turns.append(turn)
        return
    last = turns[-1]
    words = f"{last.content}\n\n{turn.content}"
    turns[-1] = Turn(turn.role, words, last.pictures + turn.pictures, last.documents + turn.documents)


def _cost(said: Said, *, is_quoted: bool = False) -> int:
    """Of its words, and of the names of its files."""
    files = [described(file, NO_ROOM) for file in said.files]
    return estimate_tokens(shown(said, is_quoted=is_quoted, files=files))
