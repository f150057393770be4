"""What measured replies say: Markdown as models write it, or words that carry the moment they were sent."""

from __future__ import annotations

import time

STAMP = "tok"
TOKEN_CHARACTERS = 4  # of prose: what a token holds on average
STAMPS_IN_PARAGRAPH = 40

PARAGRAPH = (
    "## What to look at\n\nThe tide turns at nine, and **whoever sails** must be out by then; `harbour` says when. "
    "The gauge at the *outer* mole is the one that counts, because the inner one lags behind by some twenty minutes, "
    "and more after a week of rain.\n\n"
)
LIST = (
    "1. Ask the gauge at the outer mole, twice\n2. Compare it with the [table of yesterday](https://example.org/tides)\n"
    "3. If they differ by more than a hand, wait\n\n"
)
CODE = (
    "```python\ndef tide(hour: int, *, moon: float = 0.5) -> float:\n    # A rough one; good enough for the ferry.\n"
    "    return 2.1 * moon if hour < 9 else 0.4\n\n\nfor hour in range(24):\n    print(hour, tide(hour))\n```\n\n"
)
REST = (
    "That is the whole of it. What remains is the question of *when*: the ferry goes at nine, the school at eight, and "
    "the bakery has been open since five. Nobody who lives here would start before the bread is out, and nobody who "
    "does not live here knows why the quay is empty at half past four and full at six.\n\n"
)
TABLE = (
    "| Port | Metres | Remarks |\n|---|--:|---|\n| Aveiro | 2.1 | the bar is **shallow** |\n| Sines | 1.8 | deep |\n"
    "| Peniche | 2.0 | `swell` from the west |\n\n"
)
QUOTE = (
    "> Who asks the sea for its timetable gets a wet answer.\n\nSo:\n\n- bread first\n- then rope, _the long one_\n"
    "- then the key, which hangs where it always hangs\n\n"
)


def prose(length: int) -> str:
    """So many characters."""
    section = PARAGRAPH + LIST + CODE + REST + TABLE + QUOTE
    return (section * (length // len(section) + 1))[:length]


def prose_tokens(length: int) -> list[str]:
    text = prose(length)
    return [text[at : at + TOKEN_CHARACTERS] for at in range(0, len(text), TOKEN_CHARACTERS)]


def stamp(number: int) -> str:
    """The so-manieth word of a reply, with the moment at which it was made: the clock all processes share."""
    end = "\n\n" if number % STAMPS_IN_PARAGRAPH == STAMPS_IN_PARAGRAPH - 1 else " "
    return f"{STAMP}{time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000:013d}{end}"


def made_at(word: str) -> int:
    """When such a word was made, in microseconds."""
    return int(word[len(STAMP) : len(STAMP) + 13])


def age_ms(word: str) -> float:
    """How long ago that was."""
    return (time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000 - made_at(word)) / 1000
