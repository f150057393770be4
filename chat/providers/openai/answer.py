"""The bytes of one answer in, normalised events out: no socket and no clock, so that every split can be tested."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from chat.providers import jsontext
from chat.providers.base import Limits
from chat.providers.classify import kind_of
from chat.providers.errorobjects import ErrorObject, find_error
from chat.providers.errors import FailureKind
from chat.providers.events import Done, Finish, ProviderEvent, Started, Tool, Usage
from chat.providers.framing import WHOLE_ANSWER, decoder_for
from chat.providers.jsontext import JSONObject
from chat.providers.openai.chunks import LONGEST_NAME, Chunk, read_chunk
from chat.providers.openai.outcome import Ending, conclude, finish_from
from chat.providers.prose import Prose
from chat.providers.sse import DONE, EventTooLarge, ServerEvent
from chat.providers.text import clean_line
from chat.providers.trouble import Trouble

_MOST_UNREADABLE_EVENTS = 3
_log = logging.getLogger(__name__)


class Answer:
    """Feed it until ``is_complete`` or the bytes end, then ``end()`` it. Either may raise :class:`Trouble`."""

    def __init__(self, content_type: str, limits: Limits, *, request_id: str = "", goes_on: bool = False) -> None:
        """``request_id``: what the answer's headers call it. ``goes_on``: white space at its start is part of it."""
        self._decoder = decoder_for(content_type, limits.event_bytes)
        self._prose = Prose(limits.reply_chars, goes_on=goes_on)
        self._request_id = clean_line(request_id, LONGEST_NAME)
        self._readable_count = self._unreadable_count = 0
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
        yield from self._read(self._decoder.feed(received))

    def end(self) -> Iterator[ProviderEvent]:
        if not self.is_complete:
            yield from self._read(self._decoder.finish())
        yield from self.remains()
        yield Done(self._conclude())

    def remains(self) -> Iterator[ProviderEvent]:
        """What was held back, and the accounts: to be told before any end, good or bad. Once."""
        yield from self._prose.finish()
        usage, self._usage = self._usage, None
        if usage:
            yield usage

    def _read(self, events: Iterator[ServerEvent]) -> Iterator[ProviderEvent]:
        try:
            for event in events:
                yield from self._take(event)
                if self.is_complete:
                    return
        except EventTooLarge as error:
            raise Trouble(FailureKind.PROTOCOL, f"The server sent {error}.") from error

    def _take(self, event: ServerEvent) -> Iterator[ProviderEvent]:
        text = event.data.strip()
        if text.startswith(DONE):
            self._is_closed = True
        elif text and (parsed := self._parse(event.name, text)) is not None:
            if error := find_error(parsed, event.name):
                raise _refused(error)
            yield from self._take_chunk(read_chunk(parsed), is_whole=event.name == WHOLE_ANSWER)

    def _parse(self, name: str, text: str) -> JSONObject | None:
        """The object; None for what is to be passed over."""
        try:
            parsed = jsontext.parse(text)
        except jsontext.NotJSON:
            if name == "error":
                raise _refused(ErrorObject(text)) from None
            self._pass_over(text)
            return None
        self._readable_count += 1
        if isinstance(parsed, str) and name == "error":
            raise _refused(ErrorObject(parsed))
        return parsed if isinstance(parsed, dict) else None

    def _pass_over(self, text: str) -> None:
        self._unreadable_count += 1
        _log.warning("Passed over an event of %d characters that is not JSON", len(text))
        if not self._readable_count or self._unreadable_count > _MOST_UNREADABLE_EVENTS:
            raise Trouble(FailureKind.PROTOCOL, f"The server sent something that is not JSON: {text[:80]}")

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
