"""What one line can be. Each question looks at the first `LONGEST_MARK` characters only.

So a line that is still being typed can be classified before it ends, and the answer stays true.
"""

import re

LONGEST_MARK = 200
TAB = 4  # columns

_RULE = re.compile(r"\s*([-*_])(?:[ \t]*\1){2,}[ \t]*")
_HEADING = re.compile(r"\s*#{1,6}[ \t]+\S")
_ITEM = re.compile(r"(?P<indent>[ ]*)(?P<mark>[-*+]|(?P<number>\d{1,9})[.)])(?P<gap>[ \t]+|$)(?P<rest>.*)", re.DOTALL)
_FENCE = re.compile(r"\s*(?P<run>`{3,}|~{3,})[ \t]*(?P<info>[^`\s]*)[^`]*")
_UNDERLINE = re.compile(r"\s*(?:={3,}|-{3,})\s*")

_RULES = frozenset("-*_")
_ITEMS = frozenset("-*+0123456789")
_FENCES = frozenset("`~")
_UNDERLINES = frozenset("=-")
_FIRSTS = _RULES | _ITEMS | _FENCES | frozenset("#>")

# The beginnings of lines that may still become something else.
_UNSETTLED = re.compile(
    r"\s*(?:(?:>|[-*+]\s|\d{1,9}[.)]\s)\s*)*"  # and what stands behind the marks of quotes and items
    r"(?:([-*_=+])(?:\s|\1)*|#{1,6}\s*|\d{1,9}[.)]?\s*|`{1,2}|~{1,2}|`{3}[^`]*|`{4,}[^`]*|~{3}[^`]*)?"
)


def is_blank(line: str) -> bool:
    return not line.strip()


def indent_of(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def stripped(line: str) -> str:
    """The line without spaces around it, but for those that are seen: paragraphs in Chinese begin with one."""
    return line.strip(" \t")


def untabbed(line: str) -> str:
    """The line with its indentation in spaces."""
    if "\t" not in line:
        return line
    text = line.lstrip(" \t")
    return line[: len(line) - len(text)].expandtabs(TAB) + text


def dedented(line: str, columns: int) -> str:
    """The line without so much of its indentation. Tabs behind that stay; of one that is wider, spaces are left."""
    column = 0
    for place, character in enumerate(line):
        if column >= columns or character not in " \t":
            return " " * (column - columns) + line[place:]
        column += TAB - column % TAB if character == "\t" else 1
    return " " * (column - columns)


def first_of(line: str) -> str:
    """The character that nearly always tells what a line is not."""
    return line[:LONGEST_MARK].lstrip()[:1]


def is_text(line: str) -> bool:
    """Whether the first character is enough to know that the line has no mark at its beginning."""
    return first_of(line) not in _FIRSTS


def is_rule(line: str) -> bool:
    return first_of(line) in _RULES and len(line) <= LONGEST_MARK and _RULE.fullmatch(line) is not None


def is_underline(line: str) -> bool:
    """The second line of a heading that is underlined."""
    return first_of(line) in _UNDERLINES and len(line) <= LONGEST_MARK and _UNDERLINE.fullmatch(line) is not None


def is_heading(line: str) -> bool:
    return first_of(line) == "#" and _HEADING.match(line[:LONGEST_MARK]) is not None


def is_quote(line: str) -> bool:
    return first_of(line) == ">"


def item(line: str) -> re.Match[str] | None:
    """A list item: groups `indent`, `mark`, `number` (ordered only), `gap` and `rest`."""
    if first_of(line) not in _ITEMS or is_rule(line):
        return None
    return _ITEM.match(untabbed(line)) if _ITEM.match(untabbed(line[:LONGEST_MARK])) else None


def fence(line: str) -> re.Match[str] | None:
    """The line that opens a fence: groups `run` and `info`."""
    return _FENCE.fullmatch(line) if first_of(line) in _FENCES and len(line) <= LONGEST_MARK else None


def closes(line: str, run: str) -> bool:
    """Whether this line ends the fence that was opened by `run`."""
    mark = line.strip()
    return len(line) <= LONGEST_MARK and len(mark) >= len(run) and set(mark) == {run[0]}


def interrupts(line: str) -> bool:
    """Whether the line begins a block of its own right below a paragraph, with no blank line between.

    A number does only if it is 1: "in\\n1986. What a year" is no list.
    """
    if is_text(line):
        return False
    if is_heading(line) or is_quote(line) or is_rule(line) or fence(line):
        return True
    found = item(line)
    return found is not None and begins_list(found) and found["number"] in (None, "1")


def begins_list(found: re.Match[str]) -> bool:
    """A list begins with an item that says something; a lone dash is text."""
    return not is_blank(found["rest"][:LONGEST_MARK])


def is_settled(start: str) -> bool:
    """Whether the answers above are certain for a line of which only the start is there, and which is not blank."""
    return len(start) > LONGEST_MARK or _UNSETTLED.fullmatch(start) is None
