"""Marks that are half typed, closed: readers of a growing text never see what is only the start of a mark."""

import re
from xml.etree.ElementTree import Element

_HALF_LINK = re.compile(r"(?<!\\)!?\[([^\[\]]*+)(?:\](?:\([^()\s]*+(?:\([^()\s]*+\)?[^()\s]*+)?)?)?\Z")
_HALF_ADDRESS = re.compile(r"<(?=https?://[^\s<>]*\Z)")
_MARK = re.compile(r"\\.|(?P<ticks>`+)|(?P<run>\*+|_+|~+)", re.DOTALL)
_ROW = frozenset("|:- ")

DEEPEST = 20  # open marks


def close_last(root: Element) -> None:
    """Close what is open in the last text of the tree."""
    last = _last_text(root)
    if last.tail and last is not root:
        last.tail = closed(last.tail)
    elif last.text and last.tag != "figure":
        last.text = closed(last.text)


def _last_text(element: Element) -> Element:
    """The element whose text, or tail, was written last; the empty cells after it were not written at all."""
    for child in reversed(element):
        if child.tail or child.tag not in ("td", "th") or child.text:
            return child if child.tail else _last_text(child)
    return element


def closed(text: str) -> str:
    """The text with its half-typed marks taken away, and with its open ones closed."""
    text = _HALF_ADDRESS.sub("", text)
    marks = _OpenMarks()
    position = 0
    while match := _MARK.search(text, position):
        position = match.end()
        if ticks := match["ticks"]:
            end = _after_code(text, position, ticks)
            if end is None:
                return marks.close(text[: match.start()] if position == len(text) else text.rstrip("`") + ticks)
            position = end
        elif match["run"]:
            marks.take(text, match)
    return marks.close(_HALF_LINK.sub(r"\1", text))


def _after_code(text: str, start: int, ticks: str) -> int | None:
    found = re.compile(rf"(?<!`){ticks}(?!`)").search(text, start)
    return found.end() if found else None


class _OpenMarks:
    """The marks that are open, innermost last, each with the place where its text begins."""

    def __init__(self) -> None:
        self._stack: list[tuple[str, int]] = []

    def take(self, text: str, match: re.Match[str]) -> None:
        if not self._closes(text, match) and self._opens(text, match):
            self._stack.append((match["run"], match.end()))

    def _closes(self, text: str, match: re.Match[str]) -> bool:
        """Whether it closed the innermost open mark of its kind, and those inside of it; a part may stay open."""
        run, start = match["run"], match.start()
        if start == 0 or text[start - 1].isspace():
            return False
        for place in range(len(self._stack) - 1, -1, -1):
            mark, begin = self._stack[place]
            if mark[0] == run[0] and begin < start:
                left = mark[len(run) :]
                self._stack[place:] = [(left, 0)] if left else []
                return True
        return False

    def _opens(self, text: str, match: re.Match[str]) -> bool:
        run, start, end = match["run"], match.start(), match.end()
        if len(self._stack) >= DEEPEST or (run[0] == "~" and len(run) != 2 and end < len(text)):
            return False
        is_in_word = start > 0 and (text[start - 1].isalnum() or text[start - 1] == "_")
        return not (run[0] == "_" and is_in_word) and not text[end : end + 1].isspace()

    def close(self, text: str) -> str:
        """An open mark without text goes; the others are closed where the words end."""
        body = text.rstrip()
        while self._stack and len(body) <= self._stack[-1][1]:
            mark, begin = self._stack.pop()
            body = body[: begin - len(mark)].rstrip()
        return body + "".join(mark for mark, _ in reversed(self._stack))


def last_space(text: str) -> str:
    """White space at the end, for HTML keeps none there; a mark that is only begun does not count."""
    text = text.rstrip("*_~`")
    return text[len(text.rstrip()) :]


def with_whole_table(lines: list[str]) -> list[str]:
    """The row of dashes below a table's head, finished as soon as it has begun."""
    if len(lines) < 2 or not lines[-1].strip() or not _ROW.issuperset(lines[-1]):
        return lines
    if "|" in "".join(lines[-3:-2]):  # the line before is a row
        return lines
    head = lines[-2].strip()
    if not head.startswith("|") or "|" not in lines[-1] or lines[-1].count("|") >= head.count("|"):
        return lines
    return [*lines[:-1], "|---" * (head.count("|") - head.endswith("|")) + "|"]
