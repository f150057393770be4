"""A list's lines into its items."""

from chat.markup import lines
from chat.markup.blocks import List


def items_of(source: List) -> list[list[str]]:
    """The lines of each item, without marks and indentation, as if they stood alone.

    What stands less deep than the item's text, as people write below "10.", sets how deep the rest of it stands.
    """
    items: list[list[str]] = []
    offset = 0
    for line, is_opening, is_code in zip(source.lines, source.openings, source.codes, strict=True):
        if is_opening:
            offset, first = _opening(line)
            items.append([first])
        elif is_code:
            items[-1].append(lines.dedented(line, offset))
        else:
            offset = offset if lines.is_blank(line) else min(offset, lines.indent_of(lines.untabbed(line)))
            items[-1].append(lines.untabbed(line)[offset:])
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
    gap = len(found["gap"].expandtabs(lines.TAB))
    return len(found["indent"]) + len(found["mark"]) + (gap if 0 < gap < 5 else 1), found["rest"]
