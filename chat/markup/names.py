"""Names as they are shown: what cannot be seen is not in them, and two that look the same are known to."""

import re
import unicodedata

from chat.markup.hygiene import clean_text

# Format (among them what turns the direction of writing around), private and unassigned characters, and letters that
# are blanks.
_UNSEEN = frozenset(("Cf", "Co", "Cn", "Zl", "Zp"))
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_JOINERS = frozenset("\u200c\u200d") | {chr(tag) for tag in range(0xE0020, 0xE0080)}  # of scripts, of emoji, of flags
_MARK = r"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0]"
_HEAPED = re.compile(rf"({_MARK}{{3}}){_MARK}+")
_SEEN = frozenset("LNPS")  # the first letter of a category

_ALIKE = str.maketrans(
    "01|iавекмнорстухіјѕһӏԁԛԝѵαβικνορτυχμζօսհıɑɡ",
    "olllabekmhopctyxljshldqwvablkvoptuxmzouhlag",
)
_WORD = re.compile(r"[^\W_]+")
_WORD_WITH_BARS = re.compile(r"(?:[^\W_]|\|)+")


def clean_line(text: str) -> str:
    """One line of what was typed, without what cannot be seen: empty if nothing else was in it."""
    kept = "".join(letter for letter in clean_text(text).replace("\n", " ") if _may_stay(letter))
    line = " ".join(_HEAPED.sub(r"\1", unicodedata.normalize("NFC", kept)).split())
    return line if any(_category(letter)[0] in _SEEN for letter in line) else ""


def likeness(name: str) -> str:
    """The same for names that are taken for each other: other case, accents, marks between, letters of other scripts,
    and the strokes that are an I, an l or a 1 as one likes.

    Only what is easily typed is known here, not everything that Unicode has.
    """
    plain = unicodedata.normalize("NFKD", name).casefold().translate(_ALIKE)
    return "".join(letter for letter in plain if letter.isalnum())


def words_alike(name: str) -> set[str]:
    """The likeness of each word of it. One ends at a blank, or at whatever is no letter; a bar may be taken for one."""
    bare = "".join(letter for letter in unicodedata.normalize("NFKD", name) if _category(letter)[0] not in "MC")
    return set(map(likeness, (*name.split(), *_WORD.findall(bare), *_WORD_WITH_BARS.findall(bare))))


def _may_stay(letter: str) -> bool:
    return letter in _JOINERS or (letter not in _BLANK and _category(letter) not in _UNSEEN)


def _category(letter: str) -> str:
    """An emoji may be younger than what this Python knows of Unicode: 3.11 stands at 2021."""
    known = unicodedata.category(letter)
    return "So" if known == "Cn" and "\U0001f000" <= letter <= "\U0001faff" else known
