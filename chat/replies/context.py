"""History to turns, within a budget. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, groupby
from operator import itemgetter
from typing import NamedTuple

from chat.providers import Role, Turn
from chat.replies.enclosing import Allowance, EmptyShelf, Enclosing, Telling, Told
from chat.replies.files import NO_ROOM, described
from chat.replies.framing import Said, shown
from chat.replies.tokens import estimate_tokens, tokens_in

RESERVE_TOKENS = 4096  # for an answer whose length nobody has limited


@dataclass(frozen=True, slots=True)
class Context:
    """``tokens`` is what the turns are estimated at, ``spoken_tokens`` those that are not the system's."""

    turns: tuple[Turn, ...]
    tokens: int
    spoken_tokens: int


class Kept(NamedTuple):
    """A message that goes along, in the words that it was counted in."""

    said: Said
    words: str


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
    fixed = tokens_in(system)
    tokens = fixed + (estimate_tokens(_words(quoted, is_quoted=True)) if quoted else 0)
    kept: list[Kept] = []
    for said in newest_first:
        words = _words(said)
        cost = estimate_tokens(words)
        if kept and tokens + cost > budget:
            break
        tokens += cost
        if not kept:
            enclosing.open(budget - tokens)
        tokens += _enclose(enclosing, said, budget - tokens)
        if not kept and quoted is not None:
            tokens += _enclose(enclosing, quoted, budget - tokens)
        kept.append(Kept(said, words))
    told = [Turn("system", system)] if system else []
    return Context((*told, *_turns(kept[::-1], quoted, Telling(enclosing))), tokens, tokens - fixed)


def _enclose(enclosing: Enclosing, said: Said, room: int) -> int:
    """An assistant's own turns carry nothing but words."""
    return enclosing.take(said, room) if said.files and not said.is_own else 0


def _turns(history: Sequence[Kept], quoted: Said | None, telling: Telling) -> Iterator[Turn]:
    """Neighbours of one role are one, for many local chat templates insist on alternation."""
    for role, told in groupby(_told(history, quoted, telling), key=itemgetter(0)):
        _, words, pictures, documents = zip(*told, strict=True)
        yield Turn(role, "\n\n".join(words), tuple(chain(*pictures)), tuple(chain(*documents)))


def _told(history: Sequence[Kept], quoted: Said | None, telling: Telling) -> Iterator[tuple[Role, *Told]]:
    earlier, question = history[:-1], history[-1:]
    yield from (_tell(kept, telling) for kept in earlier)
    if quoted is not None and [kept.said.sequence for kept in earlier[-1:]] != [quoted.sequence]:
        yield "user", *telling.tell(quoted, is_quoted=True)
    yield from (_tell(kept, telling) for kept in question)


def _tell(kept: Kept, telling: Telling) -> tuple[Role, *Told]:
    """What files contain is known only now."""
    told = telling.tell(kept.said) if kept.said.files else (kept.words, (), ())
    return "assistant" if kept.said.is_own else "user", *told


def _words(said: Said, *, is_quoted: bool = False) -> str:
    """Its own, and the names of its files."""
    return shown(said, is_quoted=is_quoted, files=[described(file, NO_ROOM) for file in said.files])
