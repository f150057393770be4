"""What stands in the place of pictures and documents that a back end does not take: the model is to know of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from chat.providers.base import Document, Picture, Turn
from chat.providers.text import clean_line

UNSEEN = "(There was a picture here, which you cannot see.)"
UNREAD = "(There was a file here, “{}”, which you cannot read.)"
_LONGEST_NAME = 200


def without_pictures(turns: Iterable[Turn]) -> tuple[Turn, ...]:
    return tuple(_blind(turn) if turn.pictures else turn for turn in turns)


def with_words_for(text: str, left_out: Sequence[Picture | Document]) -> str:
    return "\n\n".join(filter(str.strip, (text, *map(_words_for, left_out))))


def _blind(turn: Turn) -> Turn:
    return replace(turn, content=with_words_for(turn.content, turn.pictures), pictures=())


def _words_for(file: Picture | Document) -> str:
    return UNSEEN if isinstance(file, Picture) else UNREAD.format(clean_line(file.name, _LONGEST_NAME))
