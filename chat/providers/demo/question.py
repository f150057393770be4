"""What the demo assistant makes of a question: who asks, and which of its few answers is wanted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

from chat.providers.demo.files import Sent, without_files

_ASKER = re.compile(r"\A([^\s:@][^\n:@]{0,40}): ?")
_ANOTHER_ASKER = re.compile(r"\n\n(?=[a-z0-9][a-z0-9_.-]{0,31}: )")
_MOST_PARAGRAPHS = 1_000  # are gone back through, for the beginning of the last message
_LONGEST = 16_000  # characters that are looked at, on the event loop: half where it begins, half where it ends
_MENTION = re.compile(r"(?<!\S)@[\w.-]*\w[,:]?\s*")
_COUNT = re.compile(r"\bcount(?:ing)?\b.{0,40}?\bto\s+(\w+)", re.IGNORECASE | re.DOTALL)
_NUMBERS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"),
)


class Wish(Enum):
    COUNT = auto()
    LONG = auto()
    TABLE = auto()
    CODE = auto()
    LIST = auto()
    CONNECT = auto()
    HELLO = auto()
    FILES = auto()
    OTHER = auto()


# In this order: who asks for a long text about tables wants the long text.
_WORDS: tuple[tuple[Wish, str], ...] = (
    (Wish.LONG, r"long|longer|essays?|story|stories|details?|detailed|thorough(?:ly)?|everything|article"),
    (Wish.TABLE, r"tables?"),
    (Wish.CODE, r"code|snippet|python|script|program|function"),
    (Wish.LIST, r"lists?|bullets?|steps"),
    (Wish.CONNECT, r"connect|ollama|openrouter|openai|model|models|install|set ?up|llm|api key"),
    (
        Wish.HELLO,
        r"hello|hi|hey|help|good (?:morning|evening|afternoon)|(?:what|who) are you|what can you do|introduce yourself",
    ),
)
_WISHES = tuple((wish, re.compile(rf"\b(?:{words})\b", re.IGNORECASE)) for wish, words in _WORDS)


@dataclass(frozen=True, slots=True)
class Question:
    asker: str
    text: str
    wish: Wish
    count_to: int = 0
    files: tuple[Sent, ...] = ()

    @classmethod
    def parse(cls, turn: str) -> Question:
        """``ana: @demo count to 5``: people's turns carry their name in front; of several in one, the last one asks."""
        turn = _short(_last_of(turn))
        asker = found[1].strip() if (found := _ASKER.match(turn)) else ""
        text, files = without_files(turn[found.end() :] if found else turn)
        text = _MENTION.sub("", text).strip()
        number = _count_in(text)
        if number is not None:
            return cls(asker, text, Wish.COUNT, number)
        wish = _wish_in(text)
        if files and (wish is Wish.OTHER or not text):
            wish = Wish.FILES
        return cls(asker, text, wish, files=files)


def _last_of(turn: str) -> str:
    """The last message in it, found from the end: a turn may have megabytes."""
    place = len(turn)
    for _ in range(_MOST_PARAGRAPHS):
        place = turn.rfind("\n\n", 0, place)
        if place < 0:
            return turn
        if _ANOTHER_ASKER.match(turn, place):
            break
    return turn[place + 2 :]


def _short(text: str) -> str:
    """What is left out is left out between two lines, and so is part of the same file."""
    if len(text) <= _LONGEST:
        return text
    head, tail = text[: _LONGEST // 2], text[-_LONGEST // 2 :]
    return f"{head}\n{tail[tail.find(chr(10)) + 1 :]}"


def _count_in(text: str) -> int | None:
    if not (found := _COUNT.search(text)):
        return None
    word = found[1].lower()
    if word.isascii() and word.isdigit():
        return int(word[:9])
    return _NUMBERS.index(word) if word in _NUMBERS else None


def _wish_in(text: str) -> Wish:
    if not text:
        return Wish.HELLO
    return next((wish for wish, words in _WISHES if words.search(text)), Wish.OTHER)
