"""The last block of a growing text, as its viewers know it."""

import re
from dataclasses import replace
from itertools import accumulate

from chat.markup import blocks, closing, code, lines
from chat.markup.pieces import Block, Part, Piece, Tail
from chat.markup.plain import is_plain, plain
from chat.markup.raw_lines import RawLines
from chat.markup.references import Definitions
from chat.markup.rendering import Page
from chat.markup.sanitizer import sanitize
from chat.markup.series import Series, Shown, series_of

FIRST_RENDERING = 64  # characters
SHORT = 4_000  # a series is looked through for its last child each time,
WORTH = 50  # and for a fiftieth of what is more
MOST_TURNS = 32  # into code and out of it: so much of the last child, or of a quote, has to be new
LIGHT = 2_000  # so many are set as plain text in less time than a thread is found for them

_CELL = re.compile(r"[|\n][ \t]*[^|\s]")
_ROW = re.compile(r"\n[ \t]*\|[ \t]*[^|\s]")
_MARKED = re.compile(r"[*_~`][^*_~`]")
_BETWEEN_CELLS = str.maketrans("", "", "|\n")


class OpenBlock:
    """Sent as HTML when it begins and each time it has doubled, as raw text in between; code as raw text only.

    Of a list or a table that is true of its last item or row: those before it are over, and stay.
    """

    def __init__(self, index: int, page: Page) -> None:
        self.index = index
        self._page = page
        self._fence: blocks.Fence | None = None
        self._parts: list[str] = []
        self._unsent: list[str] = []
        self._since = ""  # it was sent as HTML
        self._is_marked = False  # a mark came since, and something behind it
        self._length = 0
        self._due: int | None = 0  # the length at which it is rendered next; never, if it is code
        self._shown: Shown | None = None
        self._raw = RawLines()
        self.is_sent = False

    def begin_code(self, fence: blocks.Fence) -> None:
        self._fence = fence

    def add_line(self, text: str) -> None:
        """The next line, or its start."""
        line = self._fence.undented(text) if self._fence else text
        shown = line = f"\n{line}" if self._parts else line
        if not self._fence:
            shown = self._raw.shown(text, is_rendered=not self._since)
        self._add(line, shown)

    def add(self, text: str) -> None:
        """More of the last line."""
        self._add(text, text)

    def _add(self, text: str, shown: str) -> None:
        self._is_marked = self._is_marked_by(text)
        self._parts.append(text)
        self._unsent.append(shown)
        self._since += text
        self._length += len(text)

    def is_light(self, more: str, *, unsettled: str) -> bool:
        """Whether the parser will find nothing in what is to be rendered once there is more; ``unsettled`` came before
        it, and is not known yet to belong to this block."""
        has_line_end = "\n" in more
        if self._fence:
            return not has_line_end
        length = self._length + len(unsettled) + len(more)
        is_due = self._is_due(length, self._since + more, is_marked=self._is_marked_by(more))
        if not (has_line_end or unsettled or is_due):
            return True
        return length <= LIGHT and is_plain("\n".join(("".join(self._parts), unsettled + more)))

    def news(self) -> list[Piece]:
        """What viewers do not have yet."""
        if not self._fence and not self._parts:
            return []
        text = "".join(self._unsent)
        self._unsent.clear()
        self.is_sent = True
        if not self._is_due(self._length, self._since, is_marked=self._is_marked):
            return self._tail(text)
        self._since, self._is_marked = "", False
        self._raw.forget()
        if self._fence:
            self._due = None
            return [self._frame(""), *self._tail(text)]
        return self._anew()

    def whole(self) -> list[Piece]:
        """The block as it stands, with its half-typed marks closed, and the space before its next word."""
        if self._fence:
            return [self._frame("".join(self._parts))]
        series = self._series()
        children = series.children(0) if series else []
        return [self._block(series, children), *self._space()]

    def _is_marked_by(self, more: str) -> bool:
        """A link is one once its address is there."""
        is_link = ")" in more and "](" in self._since + more
        return self._is_marked or is_link or _MARKED.search(self._since[-1:] + more) is not None

    def _is_due(self, length: int, since: str, *, is_marked: bool) -> bool:
        """Whether it is to be rendered, with so much of it not sent as HTML yet."""
        if self._shown and WORTH * len(since) < length - SHORT:
            return False
        if self._due is None or length >= self._due:
            return self._due is not None
        last = self._shown.last if self._shown else length
        has_grown = 4 * len(since) >= last
        if has_grown and (is_marked or self._raw.has_items):
            return True
        if self._raw.is_turned and MOST_TURNS * len(since) >= last:
            return True
        if self._shown is None:
            return has_grown and _ROW.search(since) is not None
        if self._shown.is_table:
            return _CELL.search(since) is not None
        line = since.rpartition("\n")[2] if "\n" in since else ""
        is_item = not self._raw.is_code and lines.item(line) is not None
        return is_item or (has_grown and bool(line.strip()))

    def _anew(self) -> list[Piece]:
        """All of it, or what is new of a series."""
        before, series = self._shown, self._series()
        if series is None:
            self._shown, self._due = None, max(FIRST_RENDERING, 2 * self._length)
            return [self._block(None, []), *self._space()]
        if series.is_table and "".join(self._parts).rstrip().endswith("|"):
            self._since = "|"  # the next cell has begun, and shows nothing yet
        last = len("\n".join(series.sources[-1]))
        self._due = self._length - last + max(FIRST_RENDERING, 2 * last)
        if before is None or not before.goes_on_as(series):
            children = series.children(0)
            self._shown = Shown(series.opening, series.is_table, series.is_loose, children, last)
            return [self._block(series, children), *self._space()]
        position = len(before.children) - 1
        before.children[position:] = series.children(position)
        before.last = last
        return [Part(self.index, position, tuple(before.children[position:])), *self._space()]

    def _tail(self, text: str) -> list[Piece]:
        text = text.translate(_BETWEEN_CELLS) if self._shown and self._shown.is_table else text
        return [Tail(self.index, text)] if text else []

    def _space(self) -> list[Piece]:
        return [] if self._raw.ends_in_code else self._tail(closing.last_space("".join(self._parts)))

    def _frame(self, text: str) -> Block:
        assert self._fence is not None
        html = code.figure(text, self._fence.language, is_painted=False)
        return Block(self.index, sanitize(html), is_open=True)

    def _block(self, series: Series | None, children: list[str]) -> Block:
        if series is None:
            return Block(self.index, self._html(), is_open=True)
        joints = tuple(accumulate(map(len, children), initial=len(series.opening)))
        return Block(self.index, f"{series.opening}{''.join(children)}{series.closing}", is_open=True, joints=joints)

    def _series(self) -> Series | None:
        definitions = self._definitions()
        if len(definitions.rest) != 1:
            return None
        return series_of(definitions.rest[0], replace(self._page, references=definitions.addresses))

    def _html(self) -> str:
        text = "".join(self._parts)
        if is_plain(text):  # the same, without the way through definitions, blocks and budget
            return sanitize(plain(text, self._page.people))
        definitions = self._definitions()
        page = replace(self._page, references=definitions.addresses, budget=self._page.budget.copy())
        return sanitize("".join(page.html(source, is_open=True) for source in definitions.rest))

    def _definitions(self) -> Definitions:
        definitions = Definitions(dict(self._page.references), [])
        for source in blocks.split(closing.with_whole_table("".join(self._parts).split("\n"))):
            definitions.take(source)
        return definitions
