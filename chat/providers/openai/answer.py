"""The bytes of one answer in, normalised events out: no socket and no clock, so that every split can be tested."""

from __future__ import annotations

from collections.abc import Iterator

from chat.providers.base import Limits
from chat.providers.classify import kind_of
from chat.providers.errorobjects import ErrorObject, find_error
from chat.providers.events import Done, Finish, ProviderEvent, Started, Tool, Usage
from chat.providers.framing import WHOLE_ANSWER
from chat.providers.objects import ObjectReader, Received
from chat.providers.openai.chunks import LONGEST_NAME, Chunk, only_text_in, read_chunk
from chat.providers.openai.outcome import Ending, conclude, finish_from
from chat.providers.openai.refrain import Refrain
from chat.providers.prose import Prose
from chat.providers.sse import DONE
from chat.providers.text import clean_line
from chat.providers.trouble import Trouble


class Answer:
    """Feed it until ``is_complete`` or the bytes end, then ``end()`` it. Either may raise :class:`Trouble`."""

    step_count = 0  # a model takes none

    def __init__(self, content_type: str, limits: Limits, *, request_id: str = "", goes_on: bool = False) -> None:
        """``request_id``: what the answer's headers call it. ``goes_on``: white space at its start is part of it."""
        self._reader = ObjectReader(content_type, limits)
        self._refrain = Refrain()
        self._prose = Prose(limits.reply_chars, goes_on=goes_on)
        self._request_id = clean_line(request_id, LONGEST_NAME)
        self._has_started = self._is_closed = False
        self._has_refused = self._wants_tools = False
        self._finish: Finish | None = None
        self._blank_finish = BlankFinish()
        self._usage: Usage | None = None

    @property
    def has_finished(self) -> bool:
        """The model is done; usage may follow."""
        return self._finish is not None

    @property
    def is_complete(self) -> bool:
        return self._is_closed or self._prose.is_full

    def feed(self, received: bytes) -> Iterator[ProviderEvent]:
        if self._has_started and not self.has_finished and self._reader.is_between_events:
            words, received = self._refrain.take_words(received)
            yield from self._say(words)
        if received and not self.is_complete:
            yield from self._read(self._reader.feed(received))

    def end(self) -> Iterator[ProviderEvent]:
        if not self.is_complete:
            yield from self._read(self._reader.finish())
        yield from self.remains()
        yield Done(self._conclude())

    def remains(self) -> Iterator[ProviderEvent]:
        """What was held back, and the accounts: to be told before any end, good or bad. Once."""
        yield from self._prose.finish()
        usage, self._usage = self._usage, None
        if usage:
            yield usage

    def _read(self, objects: Iterator[Received]) -> Iterator[ProviderEvent]:
        """Words that came together are told together: what they cost is counted by the piece."""
        words: list[str] = []
        try:
            for received in objects:
                if (word := self._only_word(received)) is not None:
                    words.append(word)
                    continue
                yield from self._say(words)
                if not self.is_complete:
                    yield from self._take(received)
                if self.is_complete:
                    return
        except Trouble:
            yield from self._say(words)
            raise
        yield from self._say(words)

    def _only_word(self, received: Received) -> str | None:
        if not self._has_started or self.has_finished or received.name != "message":
            return None
        return only_text_in(received.parsed)

    def _say(self, words: list[str]) -> Iterator[ProviderEvent]:
        if words:
            text = "".join(words)
            words.clear()
            self._blank_finish.saw(None)
            yield from self._prose.text(text)

    def _take(self, received: Received) -> Iterator[ProviderEvent]:
        if received.name == DONE:
            self._is_closed = True
            return
        if error := find_error(received.parsed, received.name):
            raise _refused(error)
        yield from self._take_chunk(read_chunk(received.parsed), is_whole=received.name == WHOLE_ANSWER)

    def _take_chunk(self, chunk: Chunk, *, is_whole: bool) -> Iterator[ProviderEvent]:
        yield from self._started(chunk)
        self._usage = chunk.usage or self._usage
        if not chunk.has_choice or self.has_finished:
            return
        yield from self._tools(chunk.tools)
        yield from self._prose.thought(chunk.thought)
        yield from self._prose.text(chunk.text + chunk.refusal)
        self._has_refused = self._has_refused or bool(chunk.refusal)
        self._is_closed = is_whole and chunk.is_message
        self._blank_finish.saw(chunk.finish)
        if chunk.finish:
            self._finish = finish_from(chunk.finish)

    def _started(self, chunk: Chunk) -> Iterator[Started]:
        if not self._has_started and (chunk.request_id or chunk.model):
            self._has_started = True
            yield Started(chunk.request_id or self._request_id, chunk.model)

    def _tools(self, names: tuple[str, ...]) -> Iterator[Tool]:
        self._wants_tools = self._wants_tools or bool(names)
        yield from map(Tool, names)

    def _conclude(self) -> Finish:
        if self._prose.is_full:
            return "length"
        finish = self._finish or ("stop" if self._blank_finish.means_stop(is_closed=self._is_closed) else None)
        return conclude(
            Ending(
                is_closed=self._is_closed,
                finish=finish,
                has_text=self._prose.has_text,
                has_refused=self._has_refused,
                wants_tools=self._wants_tools,
            )
        )


class BlankFinish:
    """A ``finish_reason`` of "" means "stop" at the very end, and nothing where every chunk carries one."""

    def __init__(self) -> None:
        self._is_last = self._was_ever_absent = False

    def saw(self, finish: str | None) -> None:
        self._is_last = finish == ""
        self._was_ever_absent = self._was_ever_absent or finish is None

    def means_stop(self, *, is_closed: bool) -> bool:
        return self._is_last and (is_closed or self._was_ever_absent)


def _refused(error: ErrorObject) -> Trouble:
    return Trouble(kind_of(error), error.message, status=error.status, hint=error.hint)
