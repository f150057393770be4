"""What counts as one emoji. By its form: the signs that Unicode gets each year are in no list here."""

import re
import unicodedata

JOINER = "\u200d"
MOST_JOINED = 4  # two people, a heart and a kiss
LONGEST = 24  # characters

_KEYCAP = re.compile(r"[0-9#*]\ufe0f?\u20e3")
# Of a country, or of a part of one.
_FLAG = re.compile(r"[\U0001f1e6-\U0001f1ff]{2}|\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f")
_PICTURE = re.compile(r"(.)\ufe0f?[\U0001f3fb-\U0001f3ff]?\ufe0f?", re.DOTALL)
_IN_WRITING = frozenset("‼⁉ℹ↔〰〽◽◾")  # those that Unicode does not count among the signs


def is_emoji(text: str) -> bool:
    """One, however many characters it takes: a keycap, a flag, or pictures that are joined into one."""
    if len(text) > LONGEST:
        return False
    if _KEYCAP.fullmatch(text) or _FLAG.fullmatch(text):
        return True
    parts = text.split(JOINER)
    return len(parts) <= MOST_JOINED and all(map(_is_picture, parts))


def plain_emoji(text: str) -> str:
    """The same for an emoji with and without the mark that asks for its colours, which some keyboards leave out."""
    return text.replace("\ufe0f", "")


def _is_picture(part: str) -> bool:
    found = _PICTURE.fullmatch(part)
    return found is not None and (
        "\U0001f000" <= found[1] <= "\U0001faff" or unicodedata.category(found[1]) == "So" or found[1] in _IN_WRITING
    )
