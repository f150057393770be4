"""From an answer's bytes to the JSON objects in it, whatever lies between them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import NamedTuple

from chat.providers import jsontext
from chat.providers.base import Limits
from chat.providers.errors import FailureKind
from chat.providers.framing import decoder_for
from chat.providers.jsontext import JSONObject
from chat.providers.sse import DONE, EventTooLarge, ServerEvent, SSEDecoder
from chat.providers.trouble import Trouble

_MOST_UNREADABLE_EVENTS = 3
_log = logging.getLogger(__name__)


class Received(NamedTuple):
    """``name`` is the event's, WHOLE_ANSWER for JSON that is no event, DONE for the mark of the end."""

    name: str
    parsed: JSONObject


class ObjectReader:
    """Either method may raise :class:`Trouble`: a web page, too large, or not to be read at all."""

    def __init__(self, content_type: str, limits: Limits) -> None:
        self._decoder = decoder_for(content_type, limits.event_bytes)
        self._readable_count = self._unreadable_count = 0

    @property
    def is_between_events(self) -> bool:
        """Of a stream of which nothing waits for its rest."""
        return isinstance(self._decoder, SSEDecoder) and not self._decoder.is_amid

    def feed(self, received: bytes) -> Iterator[Received]:
        if isinstance(self._decoder, SSEDecoder):
            objects, received = self._decoder.take_objects(received)
            self._readable_count += len(objects)
            for parsed in objects:
                yield Received("message", parsed)
        if received:
            yield from self._read(self._decoder.feed(received))

    def finish(self) -> Iterator[Received]:
        yield from self._read(self._decoder.finish())

    def _read(self, events: Iterator[ServerEvent]) -> Iterator[Received]:
        try:
            for event in events:
                if (received := self._received(event.name, event.data.strip())) is not None:
                    yield received
        except EventTooLarge as error:
            raise Trouble(FailureKind.PROTOCOL, f"The server sent {error}.") from error

    def _received(self, name: str, text: str) -> Received | None:
        if text.startswith(DONE):
            return Received(DONE, {})
        parsed = self._parse(name, text) if text else None
        if isinstance(parsed, dict):
            return Received(name, parsed)
        return Received(name, {"error": parsed}) if name == "error" and isinstance(parsed, str) else None

    def _parse(self, name: str, text: str) -> object:
        """What it says; an error's own words even where they are no JSON; None for what is to be passed over."""
        try:
            parsed = jsontext.parse(text)
        except jsontext.NotJSON:
            if name == "error":
                return text
            self._pass_over(text)
            return None
        self._readable_count += 1
        return parsed

    def _pass_over(self, text: str) -> None:
        self._unreadable_count += 1
        _log.warning("Passed over an event of %d characters that is not JSON", len(text))
        if not self._readable_count or self._unreadable_count > _MOST_UNREADABLE_EVENTS:
            raise Trouble(FailureKind.PROTOCOL, f"The server sent something that is not JSON: {text[:80]}")
