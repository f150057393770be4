"""Text into blocks, line by line.

The same machine serves a whole text and one that is still being written: a block depends on the lines
before it only, so finished blocks never change. A line at the margin ends a quote or a list: what people
type below it is their answer, not a part of it.
"""

from collections.abc import Iterable

from chat.markup import lines


class Source:
    """A block's lines of Markdown."""

    def __init__(self, first: str) -> None:
        self.lines = [first]
        self.is_complete = False

    def accepts(self, line: str) -> bool:
        """Whether the line, or one that is known to begin like it, goes on with this block."""
        raise NotImplementedError

    def add(self, line: str) -> None:
        self.lines.append(line)

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


class Paragraph(Source):
    """Lines of text; tables too, which are only known by their second line."""

    def accepts(self, line: str) -> bool:
        if lines.is_underline(line) and self._may_be_heading():
            return True
        return not lines.is_blank(line) and not lines.interrupts(line)

    def add(self, line: str) -> None:
        if self._may_be_heading() and lines.is_underline(line):
            self.is_complete = True
        super().add(line)

    def _may_be_heading(self) -> bool:
        return len(self.lines) == 1


class Line(Source):
    """A heading or a rule: complete with its only line."""

    def __init__(self, first: str) -> None:
        super().__init__(first)
        self.is_complete = True

    def accepts(self, line: str) -> bool:
        return False


class Heading(Line):
    pass


class Rule(Line):
    pass


class Quote(Source):
    def accepts(self, line: str) -> bool:
        return lines.is_quote(line)


class Fence(Source):
    """Code between two fences, or from one fence to the end."""

    def __init__(self, first: str) -> None:
        super().__init__(first)
        opening = lines.fence(first)
        assert opening is not None
        self.run = opening["run"]
        self.language = opening["info"]
        self.indent = lines.indent_of(lines.untabbed(first))

    def accepts(self, line: str) -> bool:
        return True

    def add(self, line: str) -> None:
        super().add(line)
        self.is_complete = lines.closes(line, self.run)

    @property
    def code(self) -> str:
        body = self.lines[1:-1] if self.is_complete else self.lines[1:]
        return "\n".join(map(self.undented, body))

    def undented(self, line: str) -> str:
        """A line of the code without the indentation of the fence."""
        return lines.dedented(line, self.indent)


class List(Source):
    """Items of one kind, with the blank lines, the code and the lists between and below them."""

    def __init__(self, first: str) -> None:
        super().__init__(first)
        opening = lines.item(first)
        assert opening is not None
        self.base = len(opening["indent"])
        self.start = int(opening["number"]) if opening["number"] else None
        self.openings = [True]  # for each line: whether it begins an item of this very list,
        self.codes = [False]  # and whether it stands behind the fence of code
        self.is_loose: bool | None = None  # None: as its own lines say
        self._fence: str | None = None
        self._watch(opening["rest"])

    def accepts(self, line: str) -> bool:
        return bool(self._fence or lines.is_blank(line) or self._is_below(line) or self._is_sibling(line))

    def add(self, line: str) -> None:
        is_opening = not self._fence and self._is_sibling(line)
        super().add(line)
        self.openings.append(is_opening)
        self.codes.append(bool(self._fence))
        found = lines.item(line)
        self._watch(found["rest"] if found else line)

    def only(self, item: list[str], *, is_loose: bool) -> "List":
        """The same list with nothing but one of its items."""
        alone = List(item[0])
        alone.base, alone.is_loose = self.base, is_loose
        for line in item[1:]:
            alone.add(line)
        return alone

    def _is_below(self, line: str) -> bool:
        """Two spaces are enough to belong to an item: more than that is asked by the specification, not by people."""
        return lines.indent_of(lines.untabbed(line[: lines.LONGEST_MARK])) >= self.base + 2

    def _is_sibling(self, line: str) -> bool:
        found = None if self._is_below(line) else lines.item(line)
        return found is not None and (found["number"] is None) == (self.start is None)

    def _watch(self, text: str) -> None:
        """Code inside of an item may stand at the margin: until its fence is closed everything belongs to the list."""
        if self._fence:
            self._fence = None if lines.closes(text, self._fence) else self._fence
        elif opening := lines.fence(text):
            self._fence = opening["run"]


def begin(line: str) -> Source:
    """The block that a line begins where no block is open."""
    if lines.is_text(line):
        return Paragraph(line)
    if lines.fence(line):
        return Fence(line)
    if lines.is_heading(line):
        return Heading(line)
    if lines.is_rule(line):
        return Rule(line)
    if lines.is_quote(line):
        return Quote(line)
    found = lines.item(line)
    return List(line) if found and lines.begins_list(found) else Paragraph(line)


class Splitter:
    """Takes line after line and gives each block when it is over."""

    def __init__(self) -> None:
        self.open: Source | None = None

    def take(self, line: str) -> list[Source]:
        """The blocks that this line ends, none to two: the one before it, and the one it is itself."""
        finished = self._close_unless(line)
        if self.open:
            self.open.add(line)
        elif not lines.is_blank(line):
            self.open = begin(line)
        if self.open and self.open.is_complete:
            finished += self.end()
        return finished

    def end(self) -> list[Source]:
        """The block that is still open, if there is one."""
        last, self.open = self.open, None
        return [last] if last else []

    def _close_unless(self, line: str) -> list[Source]:
        return [] if self.open is None or self.open.accepts(line) else self.end()


def split(text_lines: Iterable[str]) -> list[Source]:
    splitter = Splitter()
    blocks = [block for line in text_lines for block in splitter.take(line)]
    return blocks + splitter.end()
