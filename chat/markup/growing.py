"""An assistant's text while it is written: few bytes for the viewers, little work for us.

The text goes through the same machine as a whole one, line by line, so the blocks that are over are final.
Only what is said once for all of the text (the address of a named link, given at its end) is put right by the
whole rendering.
"""

from collections.abc import Iterator

from chat.markup import blocks
from chat.markup.hygiene import clean_text
from chat.markup.open_block import OpenBlock
from chat.markup.people import People
from chat.markup.pieces import Block, Piece
from chat.markup.references import Definitions
from chat.markup.rendering import NOBODY, Page, Rendered, render
from chat.markup.sanitizer import sanitize
from chat.markup.typing_line import TypingLine


class Growing:
    """Not for several threads at once."""

    def __init__(self, people: People = NOBODY) -> None:
        self._people = people
        self._text: list[str] = []
        self._after_return = False
        self._splitter = blocks.Splitter()
        self._definitions = Definitions({}, [])
        self._page = Page(people, self._definitions.addresses)
        self._finished: list[str] = []
        self._line = TypingLine()
        self._open = OpenBlock(0, self._page)

    def feed(self, delta: str) -> list[Piece]:
        """What viewers need to know of the next part of the text."""
        delta = self._cleaned(delta)
        self._text.append(delta)
        first, *others = delta.split("\n")
        pieces: list[Piece] = [*self._type(first)]
        for part in others:
            pieces += self._end_line()
            pieces += self._type(part)
        return pieces + self._open.news()

    def is_light(self, delta: str) -> bool:
        """Whether nothing of it has to be parsed, so that to feed it takes some microseconds."""
        return self._open.is_light(delta, unsettled="" if self._line.is_settled else self._line.text)

    def snapshot(self) -> list[Piece]:
        """What somebody needs who joins now: every block as it stands."""
        finished: list[Piece] = [Block(index, html, is_open=False) for index, html in enumerate(self._finished)]
        return [*finished, *self._open.whole()] if self._open.is_sent else finished

    def html(self) -> str:
        """A preview of the whole."""
        return "".join(piece.html for piece in self.snapshot() if isinstance(piece, Block))

    def finish(self) -> Rendered:
        """The whole text, rendered as if it had come at once."""
        return render("".join(self._text), self._people)

    def _cleaned(self, delta: str) -> str:
        """Clean text. A carriage return and its line feed may come apart."""
        is_split = self._after_return and delta.startswith("\n")
        self._after_return = delta.endswith("\r") if delta else self._after_return
        return clean_text(delta[1:] if is_split else delta)

    def _type(self, part: str) -> Iterator[Block]:
        """More of the last line. It is shown as soon as it is certain to which block it belongs."""
        if self._line.is_settled:
            self._line.add(part)
            self._open.add(part)
        elif self._line.add(part):
            yield from self._finish_unless_accepted(self._line.text)
            self._open.add_line(self._line.text)

    def _end_line(self) -> Iterator[Block]:
        line, is_shown = self._line.text, self._line.is_settled
        self._line = TypingLine()
        if not is_shown:
            yield from self._finish_unless_accepted(line)
        begun = self._splitter.open is None
        finished = self._splitter.take(line)
        if finished:
            yield from map(self._finish, finished)
        elif begun and isinstance(self._splitter.open, blocks.Fence):
            self._open.begin_code(self._splitter.open)
        elif self._splitter.open and not is_shown:
            self._open.add_line(line)

    def _finish_unless_accepted(self, line: str) -> Iterator[Block]:
        if self._splitter.open and not self._splitter.open.accepts(line):
            yield from map(self._finish, self._splitter.end())

    def _finish(self, source: blocks.Source) -> Block:
        kept = self._definitions.take(source)
        html = sanitize(self._page.html(kept)) if kept else ""
        self._finished.append(html)
        self._open = OpenBlock(len(self._finished), self._page)
        return Block(len(self._finished) - 1, html, is_open=False)
