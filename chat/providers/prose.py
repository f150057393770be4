"""From a server's raw deltas to clean ``Text`` and ``Reasoning`` events, within the limit of one reply."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from chat.providers.events import File, Reasoning, Replace, Text
from chat.providers.text import TextCleaner
from chat.providers.thinking import ThinkSplitter

Prosaic = Text | Reasoning | Replace


class Prose:
    """When ``is_full`` the text has reached its limit: nothing more is emitted, and the answer counts as cut off."""

    def __init__(self, longest: int, *, goes_on: bool = False) -> None:
        """``goes_on``: an answer that was begun is continued, so that white space at the start belongs to it."""
        self._longest = longest
        self._text_cleaner, self._thought_cleaner = TextCleaner(), TextCleaner()
        self._splitter = ThinkSplitter(goes_on=goes_on)
        self._text_length = self._thought_length = self._linked_length = 0
        self.is_full = False

    @property
    def has_text(self) -> bool:
        return self._text_length > 0

    def text(self, delta: str) -> Iterator[Prosaic]:
        yield from self._measured(self._splitter.feed(self._text_cleaner.feed(delta)))

    def thought(self, delta: str) -> Iterator[Prosaic]:
        yield from self._measured(_reasoning(self._thought_cleaner.feed(delta)))

    def file(self, file: File) -> Iterator[File]:
        """A link among the words, and as long as one."""
        self._linked_length += len(file.link)
        self.is_full = self.is_full or self._room_left < 0
        if not self.is_full:
            yield file

    def anew(self, text: str) -> Iterator[Prosaic]:
        """All of the text so far gives way to this."""
        self._text_cleaner, self._splitter = TextCleaner(), ThinkSplitter()
        cleaned = self._splitter.feed(self._text_cleaner.feed(text) + self._text_cleaner.finish())
        shown = "".join(event.delta for event in (*cleaned, *self._splitter.finish()) if isinstance(event, Text))
        self.is_full = len(shown) > self._longest
        yield from self._measured([Replace(shown[: self._longest])])

    def finish(self) -> Iterator[Prosaic]:
        yield from self._measured(_reasoning(self._thought_cleaner.finish()))
        yield from self._measured(self._splitter.feed(self._text_cleaner.finish()))
        yield from self._measured(self._splitter.finish())

    def _measured(self, events: Iterable[Prosaic]) -> Iterator[Prosaic]:
        for event in events:
            match event:
                case Text(delta):
                    yield from self._text_that_fits(delta)
                case Reasoning(delta):
                    yield from self._thought_that_fits(delta)
                case Replace(text):
                    self._text_length, self._linked_length = len(text), 0  # the links give way, too
                    yield event

    @property
    def _room_left(self) -> int:
        return self._longest - self._text_length - self._linked_length

    def _text_that_fits(self, delta: str) -> Iterator[Text]:
        fitting = delta[: max(0, self._room_left)]
        self._text_length += len(fitting)
        self.is_full = self.is_full or len(fitting) < len(delta)
        if fitting:
            yield Text(fitting)

    def _thought_that_fits(self, delta: str) -> Iterator[Reasoning]:
        """Thoughts beyond the limit are dropped; the answer may still come."""
        fitting = delta[: self._longest - self._thought_length]
        self._thought_length += len(fitting)
        if fitting:
            yield Reasoning(fitting)


def _reasoning(thought: str) -> Iterator[Reasoning]:
    if thought:
        yield Reasoning(thought)
