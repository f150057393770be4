"""How many tokens a text will be, without the model's own tokenizer. Pure.

Every model cuts differently: the estimate lies near what tokenizers of 100,000 pieces make of a script, and rather
above. Too many cost a little history; too few, a refused question.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

SHORT = 2000  # characters of a text that is remembered; of a longer one only its hash is
MOST_LONG = 2048
PIECE = 65_536  # characters that are looked at in one go
MESSAGE_OVERHEAD = 4  # the marks between two messages, in the formats of most models
LEAST_OF_A_PICTURE = 85  # what OpenAI counts for one that it looks at from afar
_PATCH = 28  # pixels: Qwen's models count one token for each such square, Anthropic's nearly so, OpenAI's half as many

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_LETTERS_IN_A_TOKEN = 4
_CAPITALS_IN_A_TOKEN = 3
_GAP = re.compile(r"\s*\n\s*|[^\S\n]{2,}")  # a single space belongs to the word behind it
_RUN = re.compile(r"([!-/:-@\[-`{-~─-╿])\1{2,}")  # rulers and tables: many of one sign are few tokens
_ASCII_LETTERS_AND_SPACES = re.compile(r"[A-Za-z\s]+")

# From each code point on, tokens to a character.
_SCRIPTS: tuple[tuple[int, float], ...] = (
    (0x0000, 1.0),  # digits and signs: each its own token for many models
    (0x00AA, 0.75),  # Latin with marks, which also cuts the word around it
    (0x0250, 1.5),
    (0x0370, 0.9),  # Greek
    (0x0400, 0.6),  # Cyrillic
    (0x0530, 1.5),  # Armenian
    (0x0590, 0.9),  # Hebrew
    (0x0600, 1.0),  # Arabic
    (0x0700, 1.5),
    (0x0900, 1.1),  # the scripts of India
    (0x0E00, 1.2),  # Thai, Lao, Tibetan, Burmese
    (0x10A0, 1.5),  # Georgian, Ethiopic, Khmer and others
    (0x1E00, 1.0),  # Vietnamese
    (0x1F00, 1.5),
    (0x2000, 1.0),  # quotation marks, dashes, arrows
    (0x2190, 1.5),
    (0x2E80, 1.2),  # Chinese characters
    (0x3040, 1.0),  # Japanese syllables
    (0x3100, 1.2),
    (0xAC00, 1.1),  # Korean syllables
    (0xD7B0, 1.5),
    (0xFF00, 1.0),  # full-width forms
    (0x10000, 2.5),  # emoji, and rare characters
)
_long: dict[tuple[int, int], int] = {}
_STARTS = [start for start, _ in _SCRIPTS]


def estimate_tokens(text: str) -> int:
    """Of one message, with what stands around it."""
    return _estimated_once(text) if len(text) <= SHORT else _estimated_long(text)


def tokens_in(text: str) -> int:
    """Of what was written, where the back end does not count."""
    return estimate_tokens(text) if text else 0


def _estimated(text: str) -> int:
    words = sum(_of_word(word) for word in _WORD.findall(text))
    gaps = sum(1 for _ in _GAP.finditer(text))
    others = Counter(_ASCII_LETTERS_AND_SPACES.sub("", _RUN.sub(r"\1\1", text)))
    return int(words + gaps + sum(count * _weight(character) for character, count in others.items())) + MESSAGE_OVERHEAD


@lru_cache(maxsize=2048)
def _estimated_once(text: str) -> int:
    """The same room's words are told again with each question."""
    return _estimated(text)


def _estimated_long(text: str) -> int:
    mark = hash(text), len(text)
    if (known := _long.get(mark)) is None:
        if len(_long) >= MOST_LONG:
            _long.clear()
        known = _long[mark] = sum(map(_estimated, _pieces(text))) - MESSAGE_OVERHEAD * ((len(text) - 1) // PIECE)
    return known


def _pieces(text: str) -> Iterator[str]:
    """Each keeps the interpreter to itself while it is looked at: of megabytes in one, for half a second."""
    return (text[start : start + PIECE] for start in range(0, len(text), PIECE))


def picture_tokens(width: int, height: int) -> int:
    """Of a picture as it is sent."""
    return max(LEAST_OF_A_PICTURE, -(-width // _PATCH) * -(-height // _PATCH))


def _of_word(word: str) -> int:
    return -(-len(word) // (_CAPITALS_IN_A_TOKEN if word.isupper() else _LETTERS_IN_A_TOKEN))


@lru_cache(maxsize=4096)
def _weight(character: str) -> float:
    return _SCRIPTS[bisect_right(_STARTS, ord(character)) - 1][1]
