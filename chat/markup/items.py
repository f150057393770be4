"""A list's lines into its items."""

from chat.markup import lines
from chat.markup.blocks import List


def items_of(source: List) -> list[list[str]]:
    """The lines of each item, without marks and indentation, as if they stood alone."""
    items: list[list[str]] = []
    offset = 0
    for line, is_opening in zip(source.lines, source.openings, strict=True):
        if is_opening:
            offset, first = _opening(line)
            items.append([first])
        else:
            items[-1].append(_dedented(line, offset))
    return items


def is_loose(source: List) -> bool:
    """Whether a blank line stands between two items; then they are set as paragraphs."""
    if source.is_loose is not None:
        return source.is_loose
    pairs = zip(source.lines, source.openings[1:], strict=False)
    return any(is_opening and lines.is_blank(before) for before, is_opening in pairs)


def _opening(line: str) -> tuple[int, str]:
    """The column where the item's text begins, and that text."""
    found = lines.item(line)
    assert found is not None
    gap = len(found["gap"].expandtabs(4))
    return len(found["indent"]) + len(found["mark"]) + (gap if 0 < gap < 5 else 1), found["rest"]


def _dedented(line: str, offset: int) -> str:
    line = lines.untabbed(line)
    return line[min(offset, lines.indent_of(line)) :]
