"""The last block of a growing text, as its viewers know it."""

from dataclasses import replace

from chat.markup import blocks, closing, code
from chat.markup.pieces import Block, Piece, Tail
from chat.markup.plain import is_plain, plain
from chat.markup.references import Definitions
from chat.markup.rendering import Page
from chat.markup.sanitizer import sanitize

FIRST_RENDERING = 64  # characters
LIGHT = 2_000  # so many are set as plain text in less time than a thread is found for them


class OpenBlock:
    """Sent as HTML when it begins and each time it has doubled, as raw text in between; code as raw text only."""

    def __init__(self, index: int, page: Page) -> None:
        self.index = index
        self._page = page
        self._fence: blocks.Fence | None = None
        self._parts: list[str] = []
        self._unsent: list[str] = []
        self._length = 0
        self._due: int | None = 0  # the length at which it is rendered next; never, if it is code
        self.is_sent = False

    def begin_code(self, fence: blocks.Fence) -> None:
        self._fence = fence

    def add_line(self, text: str) -> None:
        """The next line, or its start."""
        line = self._fence.undented(text) if self._fence else text
        self.add(f"\n{line}" if self._parts else line)

    def add(self, text: str) -> None:
        """More of the last line."""
        self._parts.append(text)
        self._unsent.append(text)
        self._length += len(text)

    def is_light(self, more: str, *, unsettled: str) -> bool:
        """Whether the parser will find nothing in what is to be rendered once there is more; ``unsettled`` came before
        it, and is not known yet to belong to this block."""
        has_line_end = "\n" in more
        if self._fence:
            return not has_line_end
        length = self._length + len(unsettled) + len(more)
        if not has_line_end and not unsettled and self._due is not None and length < self._due:
            return True
        return length <= LIGHT and is_plain("\n".join(("".join(self._parts), unsettled + more)))

    def news(self) -> list[Piece]:
        """What viewers do not have yet."""
        if not self._fence and not self._parts:
            return []
        text = "".join(self._unsent)
        pieces: list[Piece] = [Tail(self.index, text)] if text else []
        if self._is_due():
            pieces = [self._frame(""), *pieces] if self._fence else self.whole()
            self._due = None if self._fence else max(FIRST_RENDERING, 2 * self._length)
        self._unsent.clear()
        self.is_sent = True
        return pieces

    def _is_due(self) -> bool:
        return self._due is not None and self._length >= self._due

    def whole(self) -> list[Piece]:
        """The block as it stands, with its half-typed marks closed, and the space before its next word."""
        text = "".join(self._parts)
        if self._fence:
            return [self._frame(text)]
        block = Block(self.index, self._html(text), is_open=True)
        space = closing.last_space(text)
        return [block, Tail(self.index, space)] if space else [block]

    def _frame(self, text: str) -> Block:
        assert self._fence is not None
        html = code.figure(text, self._fence.language, is_painted=False)
        return Block(self.index, sanitize(html), is_open=True)

    def _html(self, text: str) -> str:
        if is_plain(text):  # the same, without the way through definitions, blocks and budget
            return sanitize(plain(text, self._page.people))
        definitions = Definitions(dict(self._page.references), [])
        page = replace(self._page, references=definitions.addresses, budget=self._page.budget.copy())
        for source in blocks.split(closing.with_whole_table(text.split("\n"))):
            definitions.take(source)
        return sanitize("".join(page.html(source, is_open=True) for source in definitions.rest))
