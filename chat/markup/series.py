"""Lists and tables while they are written: what is over of them stays, and only the last item or row is set anew."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from chat.markup.blocks import List, Paragraph, Source
from chat.markup.items import is_loose
from chat.markup.plain import plain
from chat.markup.rendering import Page
from chat.markup.sanitizer import sanitize
from chat.markup.tree import table_in

_ROWS = "<tbody>"


@dataclass(frozen=True, slots=True)
class Series:
    """``opening`` and ``closing`` stand around the children. One child is as long as ``sources`` says, in lines."""

    opening: str
    closing: str
    sources: list[list[str]]
    is_table: bool
    is_loose: bool
    _draw: Callable[[list[str], bool], str]

    def children(self, start: int) -> list[str]:
        """From that one on, as HTML; the marks of the last are closed where they are half typed."""
        *over, last = self.sources[start:]
        return [*(self._draw(lines, False) for lines in over), self._draw(last, True)]


@dataclass(slots=True)
class Shown:
    """What viewers have of a list or a table. ``last`` is how long the text of its last child was."""

    opening: str
    is_table: bool
    is_loose: bool
    children: list[str]
    last: int

    def goes_on_as(self, series: Series) -> bool:
        is_same = (self.opening, self.is_loose) == (series.opening, series.is_loose)
        return is_same and len(series.sources) >= len(self.children)


def series_of(source: Source, page: Page) -> Series | None:
    """None if it is neither a list nor a table with a row, or if it costs more than the parser may be asked for."""
    if not page.budget.copy().allows(source):
        return None
    if isinstance(source, List):
        return _list(source, page)
    if isinstance(source, Paragraph) and not source.is_complete:
        return _table(source, page)
    return None


def _list(source: List, page: Page) -> Series:
    loose, tag = is_loose(source), "ul" if source.start is None else "ol"

    def draw(lines: list[str], is_open: bool) -> str:
        html = sanitize(_copy(page).html(source.only(lines, is_loose=loose), is_open=is_open))
        if not html.startswith(f"<{tag}"):  # by itself it costs more than is left
            return f"<li>{html}</li>"
        return html[html.index(">") + 1 : html.rindex("</")]

    items: list[list[str]] = []
    for line, is_opening in zip(source.lines, source.openings, strict=True):
        if is_opening:
            items.append([])
        items[-1].append(line)
    start = "" if source.start in (None, 1) else f' start="{source.start}"'
    return Series(f"<{tag}{start}>", f"</{tag}>", items, is_table=False, is_loose=loose, _draw=draw)


def _table(source: Paragraph, page: Page) -> Series | None:
    start, end = table_in(source.lines)
    head, rows = source.lines[start : start + 2], source.lines[start + 2 :]
    if not rows or end < len(source.lines):
        return None

    def drawn(before: list[str], row: list[str], is_open: bool) -> tuple[str, str]:
        whole = Paragraph(before[0])
        whole.lines = [*before, *row]
        start, _, rest = sanitize(_copy(page).html(whole, is_open=is_open)).partition(_ROWS)
        return start, rest

    def draw(row: list[str], is_open: bool) -> str:
        children = drawn(head, row, is_open)[1].partition("</tbody>")[0].strip()
        return children or f"<tr><td>{sanitize(plain(row[0], page.people))}</td></tr>"  # as for an item

    before, behind = drawn(source.lines[: start + 2], rows[:1], False)
    if not behind:
        return None
    closing = behind[behind.index("</tbody>") :]
    return Series(before + _ROWS, closing, [[row] for row in rows], is_table=True, is_loose=False, _draw=draw)


def _copy(page: Page) -> Page:
    """What a preview costs is not taken from what the whole may cost."""
    return replace(page, budget=page.budget.copy())
