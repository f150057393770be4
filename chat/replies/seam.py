"""Where a text that goes on meets what there is of it already. Pure.

Asked to go on, many models first repeat what they wrote: the last word, the last sentence, or all of it. So the first
words are held back until it is certain whether they are such a repetition, and no longer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

WINDOW = 8_000  # characters at the end of the text that a repetition may begin in
WHOLE = 64_000  # so long a text may be repeated from its very beginning
LONG = 16  # so many equal characters are no accident
SENTENCE = 8  # nor so many, if they are all of the last sentence or line
STEM = 3  # a half-written word is begun anew, with the marks before it

WORD_START = re.compile(r"(?<!\S)\S|(?<=[(\[\"'“‘*_`])\w")
SENTENCE_END = re.compile(r"[\n.!?:;]\W*\Z")
NEAR = 200  # characters in which it is looked for: behind a mark there may be thousands of others
# In lists and quotes, too, and on the line that begins an item.
FENCE = re.compile(
    r"^[ \t]*(?:>[ \t]*)*(?P<item>(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*)(?P<run>```+(?!.*`)|~~~+)(?P<info>.*)$", re.MULTILINE
)
OPENING_FENCE = re.compile(r"\s*(?:```+|~~~+) *\w[^\n`]*\n")  # without a language it would be the closing one
MOST_LETTERS = 30
LETTERS = re.compile(rf"[^\W\d_]{{1,{MOST_LETTERS}}}")
LAST_LETTERS = re.compile(rf"{LETTERS.pattern}\Z")
WORD = re.compile(r"[(\[\"'“‘*_`]*[^\W\d]\w*")
BLOCK_LINE = re.compile(r" {0,3}(?:\||>|#{1,6} |[-*+](?: |\Z)|\d{1,3}[.)](?: |\Z))[^\n]*\Z")
HALF_MARK = re.compile(r"#{1,6}|[-*+>]|\d{1,3}[.)]?|`{1,2}|~{1,2}")
PARAGRAPH_MARK = re.compile(r"#{1,6} |```|~~~|\|")
LIST_MARK = re.compile(r"[-*+] |\d{1,3}[.)] |> ")


class Seam:
    """``feed()`` gives what is certain to be new, ``end()`` what was held back."""

    def __init__(self, begun: str) -> None:
        self._begun = begun
        whole = begun if len(begun) <= WHOLE else begun[-WINDOW:]
        self._tail = whole.rstrip()
        self._white = whole[len(self._tail) :]
        self._is_code = is_in_code(begun)
        self._starts = _starts_in(self._tail)
        self._held: str | None = ""  # None: it is joined

    def feed(self, delta: str) -> str:
        if self._held is None:
            return delta
        self._held += delta
        said = self._said()
        if not said or any(self._still_equal(said)):
            return ""
        rest = self._without_repetition()
        if not rest.strip() or self._may_be_mark(rest.lstrip()) or self._may_be_word(rest):
            return ""
        return self.end()

    def end(self) -> str:
        if self._held is None:
            return ""
        rest = self._without_repetition()
        self._held = None
        return joined(self._begun, rest, is_code=self._is_code)

    def _said(self) -> str:
        """What was held so far, without the frame around it."""
        assert self._held is not None
        said = OPENING_FENCE.sub("", self._held, count=1) if self._reopens() else self._held
        return said.lstrip()

    def _reopens(self) -> bool:
        """Inside a block of code, a model begins with the fence again."""
        return self._is_code and OPENING_FENCE.match(self._held or "") is not None

    def _may_be_mark(self, said: str) -> bool:
        """A fence that is opened again, or half of what begins a heading or a list."""
        if self._is_code:
            return "\n" not in said and (said.startswith(("```", "~~~")) or said in ("`", "``", "~", "~~"))
        return HALF_MARK.fullmatch(said) is not None

    def _may_be_word(self, rest: str) -> bool:
        """A word, or the second half of one: the whole of it tells which."""
        found = LETTERS.match(rest)
        return (
            not self._is_code
            and found is not None
            and found[0] == rest
            and len(rest) < MOST_LETTERS
            and self._ends_in_letter
        )

    @property
    def _ends_in_letter(self) -> bool:
        return _last_letters(self._begun) is not None

    def _still_equal(self, said: str) -> Iterator[bool]:
        """For each place that is equal so far: it may be repeated to its end; what follows tells how that is joined."""
        for start in self._starts:
            if len(self._tail) - start >= len(said) and self._tail.startswith(said, start):
                yield True

    def _without_repetition(self) -> str:
        said = self._said()
        for start in self._starts:
            if said.startswith(self._tail[start:]) and self._is_repetition(start):
                return said[len(self._tail) - start :].removeprefix(self._white)
        held = self._held or ""
        return OPENING_FENCE.sub("", held, count=1) if self._reopens() else held

    def _is_repetition(self, start: int) -> bool:
        repeated, before = self._tail[start:], self._tail[:start].strip()
        if len(repeated) >= LONG:
            return True
        if self._begun[-1:].isspace() and (before or not self._goes_on_with_space(repeated)):
            return False  # it ended with a whole line, and the next one may be equal
        if len(repeated) >= SENTENCE and (not before or SENTENCE_END.search(self._tail, max(0, start - NEAR), start)):
            return True
        if (self._held or " ")[0].isspace():
            return False
        stem = STEM if before else 1  # all there is, said again, is the same word however short it is
        return self._is_begun_line(start) or (len(repeated) >= stem and WORD.fullmatch(repeated) is not None)

    def _goes_on_with_space(self, repeated: str) -> bool:
        return self._said()[len(repeated) :][:1].isspace()

    def _is_begun_line(self, start: int) -> bool:
        """The last line, if it is half an item, a row or a heading: nobody begins the same one twice in a line."""
        line = self._tail.rfind("\n", 0, start) + 1
        if self._is_code or self._tail[line:start].strip() or not BLOCK_LINE.match(self._tail, line):
            return False
        repeated = self._tail[start:]
        return not HALF_MARK.fullmatch(repeated) or self._goes_on_with_space(repeated)  # else it is a rule, or bold


def _starts_in(tail: str) -> list[int]:
    """Where a repetition may begin: with any word near the end, or with the first."""
    near = max(0, len(tail) - WINDOW)
    starts = [found.start() for found in WORD_START.finditer(tail, near)]
    first = len(tail) - len(tail.lstrip())
    return starts if starts[:1] == [first] or first == len(tail) else [first, *starts]


def joined(begun: str, rest: str, *, is_code: bool = False) -> str:
    """``rest`` with the white space that belongs between it and what it goes on with."""
    if not rest or not begun:
        return rest
    if begun[-1].isspace() or rest[0].isspace():
        return _without_double_space(begun, rest)
    if is_code:
        return rest
    if PARAGRAPH_MARK.match(rest):
        return f"\n{rest}" if rest[0] == "|" and begun[-1] == "|" else f"\n\n{rest}"
    if LIST_MARK.match(rest):
        return f"\n{rest}"
    return f" {rest}" if _are_words(begun[-1], rest[0]) or _is_next_word(begun, rest) else rest


def is_in_code(text: str) -> bool:
    """Does it end inside a block of code?"""
    opened = ""
    for found in FENCE.finditer(text):
        if not opened:
            opened = found["run"]
        elif found["run"].startswith(opened) and not (found["item"] or found["info"].strip()):
            opened = ""
    return bool(opened)


def _without_double_space(begun: str, rest: str) -> str:
    white = begun[len(begun.rstrip()) :]
    if "\n" in white:
        missing = max(0, 2 - white.count("\n"))
        bare = rest.lstrip("\n")
        return "\n" * min(missing, len(rest) - len(bare)) + bare
    return rest.lstrip(" \t") if white else rest


def _is_next_word(begun: str, rest: str) -> bool:
    """Two words, not one that was cut: the first one stands in the text already, and both as one do not."""
    last, first = _last_letters(begun), LETTERS.match(rest)
    if last is None or first is None or len(last[0]) < 2:
        return False
    known = {word.casefold() for word in LETTERS.findall(begun, max(0, last.start() - WINDOW), last.start())}
    return last[0].casefold() in known and (last[0] + first[0]).casefold() not in known


def _last_letters(text: str) -> re.Match[str] | None:
    return LAST_LETTERS.search(text, max(0, len(text) - MOST_LETTERS))


def _are_words(before: str, after: str) -> bool:
    """A sentence ended, or a word did: only where that is beyond doubt, for a word may also be cut in two."""
    if before in ".!?…" and (after.isupper() or after in '"“‘*_['):
        return True
    if before in ",;:" and after.isalpha():
        return True
    return before.islower() and after.isupper()
