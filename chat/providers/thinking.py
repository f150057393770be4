"""Models behind servers without a reasoning parser think aloud at the start of the text: ``<think>…</think>``."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum, auto

from chat.providers.events import Reasoning, Replace, Text

_OPEN, CLOSE = "<think>", "</think>"
_FENCES = ("```", "~~~")
_MOST_WHITE = 1_000  # characters before the first that can be seen
_CLOSING_LINE = f"\n{CLOSE}\n"


class _Place(Enum):
    START = auto()
    THOUGHT = auto()
    TEXT_OR_THOUGHT = auto()
    TEXT = auto()


class ThinkSplitter:
    """Tells thoughts from the answer, wherever the deltas were cut. Text starts at its first visible character.

    Some chat templates write the opening tag into the prompt, so that only the closing one is seen: then what looked
    like text is taken back. Only if that tag has its own line outside a code block, and closes none that was shown: a
    text may speak about tags.
    """

    def __init__(self, *, goes_on: bool = False) -> None:
        self._place = _Place.START
        self._held = ""
        self._shown: list[str] = []
        self._goes_on = self._has_text = goes_on

    def feed(self, delta: str) -> Iterator[Text | Reasoning | Replace]:
        self._held += delta
        if self._place is _Place.START:
            self._leave_start()
        if self._place is _Place.THOUGHT:
            yield from self._think()
        if self._place is _Place.TEXT_OR_THOUGHT:
            yield from self._doubt()
        if self._place is _Place.TEXT:
            yield from self._text(self._release())

    def finish(self) -> Iterator[Text | Reasoning | Replace]:
        """The end of the answer: what was held back is what it looks like."""
        if self._place is _Place.TEXT_OR_THOUGHT and self._held == CLOSE:
            yield from self.feed("\n")
        if self._place is _Place.THOUGHT:
            yield from _thought(self._release())
        else:
            yield from self._text(self._release())

    def _leave_start(self) -> None:
        visible = self._held.lstrip()
        white = self._held[: len(self._held) - len(visible)]
        self._held = white[:_MOST_WHITE] + visible
        if visible.startswith(_OPEN):
            self._held = visible.removeprefix(_OPEN)
            self._place = _Place.THOUGHT
        elif not _OPEN.startswith(visible):
            self._place = _Place.TEXT_OR_THOUGHT

    def _think(self) -> Iterator[Reasoning]:
        thought, closing, answer = self._held.partition(CLOSE)
        if closing:
            self._held = answer
            self._place = _Place.TEXT
            yield from _thought(thought)
        else:
            yield from _thought(self._release(but=_begun_tag_at_end(thought)))

    def _doubt(self) -> Iterator[Text | Reasoning | Replace]:
        if "<" not in self._held:  # nothing of a tag: nearly always
            yield from self._show(self._release())
            return
        line_start = "\n" if self._is_at_line_start() else ""
        before, closing, after = (line_start + self._held).partition(_CLOSING_LINE)
        if closing:
            self._held = after
            self._place = _Place.TEXT
            yield from self._show((before + "\n").removeprefix(line_start))
            yield from self._text(_CLOSING_LINE[1:]) if self._is_example() else self._take_back()
            return
        _, new_line, last_line = before.rpartition("\n")
        is_doubtful = new_line and CLOSE.startswith(last_line)
        yield from self._show(self._release(but=len(last_line) if is_doubtful else 0))

    def _take_back(self) -> Iterator[Reasoning | Replace]:
        thought = "".join(self._shown)
        self._has_text = self._goes_on
        if thought:
            yield Replace("", were_thoughts=True)
            yield Reasoning(thought)

    def _show(self, text: str) -> Iterator[Text]:
        for shown in self._text(text):
            self._shown.append(shown.delta)
            yield shown

    def _text(self, text: str) -> Iterator[Text]:
        text = text if self._has_text else text.lstrip()
        if text:
            self._has_text = True
            yield Text(text)

    def _release(self, *, but: int = 0) -> str:
        """All that is held, but for so many characters at the end."""
        end = len(self._held) - but
        released, self._held = self._held[:end], self._held[end:]
        return released

    def _is_at_line_start(self) -> bool:
        return not self._shown or self._shown[-1].endswith("\n")

    def _is_example(self) -> bool:
        shown = "".join(self._shown)
        return _OPEN in shown or any(shown.count(fence) % 2 for fence in _FENCES)


def _thought(text: str) -> Iterator[Reasoning]:
    if text:
        yield Reasoning(text)


def _begun_tag_at_end(thought: str) -> int:
    """How many characters at the end may be the beginning of the closing tag."""
    return next((length for length in range(len(CLOSE) - 1, 0, -1) if thought.endswith(CLOSE[:length])), 0)
