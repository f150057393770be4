"""The bytes of one answer in, normalised events out. Which kind of app it is shows only in what it sends."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urljoin

from chat.providers.base import Limits
from chat.providers.dify.ending import Ending
from chat.providers.dify.errors import trouble_from
from chat.providers.dify.frames import file_of, name_in, started_from, usage_of
from chat.providers.errorobjects import find_error
from chat.providers.errors import FailureKind
from chat.providers.events import Done, File, ProviderEvent, Started, Tool, Usage
from chat.providers.framing import WHOLE_ANSWER
from chat.providers.jsontext import JSONObject, as_object, as_text
from chat.providers.objects import ObjectReader, Received
from chat.providers.prose import Prose
from chat.providers.trouble import Trouble

_STEPS = ("workflow_started", "node_", "iteration_", "loop_", "parallel_branch_", "agent_log", "agent_thought")
_PAUSES = ("workflow_paused", "human_input_required")


class Answer:
    """Feed it until ``is_complete`` or the bytes end, then ``end()`` it. Either may raise :class:`Trouble`.

    ``step_count`` grows while the app works without a word. ``task_id`` is what it takes to stop it.
    """

    def __init__(
        self, content_type: str, limits: Limits, *, base_url: str = "", is_known: bool = False, goes_on: bool = False
    ) -> None:
        self._reader = ObjectReader(content_type, limits)
        self._prose = Prose(limits.reply_chars, goes_on=goes_on)
        self._base_url, self._is_known = base_url, is_known
        self._has_started = self._is_agent = self._has_failed = False
        self._said = ""  # as it was sent, to be compared with its repetition at the end
        self._calls: set[str] = set()
        self._usage: Usage | None = None
        self._ending = Ending()
        self.task_id = ""
        self.step_count = 0

    @property
    def has_finished(self) -> bool:
        return self._ending.has_finished

    @property
    def is_complete(self) -> bool:
        return self._ending.is_over or self._prose.is_full

    @property
    def runs_on(self) -> bool:
        """The app would go on writing if nobody stopped it."""
        return bool(self.task_id) and not (self.has_finished or self._has_failed)

    def feed(self, received: bytes) -> Iterator[ProviderEvent]:
        yield from self._read(self._reader.feed(received))

    def end(self) -> Iterator[ProviderEvent]:
        if not self.is_complete:
            yield from self._read(self._reader.finish())
        yield from self.remains()
        yield Done(self._ending.conclude(has_text=self._prose.has_text, is_full=self._prose.is_full))

    def remains(self) -> Iterator[ProviderEvent]:
        """What was held back, and the accounts: to be told before any end, good or bad. Once."""
        yield from self._prose.finish()
        usage, self._usage = self._usage, None
        if usage:
            yield usage

    def _read(self, objects: Iterator[Received]) -> Iterator[ProviderEvent]:
        for received in objects:
            yield from self._take(received)
            if self.is_complete:
                return

    def _take(self, received: Received) -> Iterator[ProviderEvent]:
        parsed, kind = received.parsed, as_text(received.parsed.get("event"))
        yield from self._start(parsed)
        if error := find_error(parsed, received.name):
            self._has_failed = True
            raise trouble_from(error, error.message, is_known=self._is_known)
        if kind in _PAUSES:
            words = "The app waits for somebody's input in the middle of its work, which this chat cannot give."
            raise Trouble(FailureKind.UNSUPPORTED, words)
        self.step_count += kind.startswith(_STEPS)
        yield from self._content(kind, parsed)
        yield from self._end_of(kind, parsed, is_whole=received.name == WHOLE_ANSWER)

    def _start(self, parsed: JSONObject) -> Iterator[Started]:
        self.task_id = self.task_id or name_in(parsed, "task_id")
        if not self._has_started and (started := started_from(parsed)):
            self._has_started = True
            yield started

    def _content(self, kind: str, parsed: JSONObject) -> Iterator[ProviderEvent]:
        answer = as_text(parsed.get("answer"))
        match kind:
            case "message" if self._is_agent:
                yield from self._closing(answer)
            case "message" | "agent_message":
                self._is_agent = self._is_agent or (kind == "agent_message" and bool(answer))
                yield from self._append(answer)
            case "message_file":  # so are text chunks named, once a file was made
                yield from self._append(answer) if answer else self._file(parsed)
            case "message_replace":
                yield from self._anew(answer)
            case "reasoning_chunk":
                yield from self._prose.thought(as_text(as_object(parsed.get("data")).get("reasoning")))
            case "agent_thought":  # it comes several times and grows; its words have come as text already
                yield from self._tool(parsed)

    def _end_of(self, kind: str, parsed: JSONObject, *, is_whole: bool) -> Iterator[ProviderEvent]:
        if kind == "message_end" or (kind == "message" and is_whole):
            self._usage = usage_of(parsed) or self._usage
            self._ending.message_ended(is_all=is_whole)
        elif kind == "workflow_finished":
            outcome = as_object(parsed.get("data"))
            self._ending.workflow_finished(as_text(outcome.get("status")), as_text(outcome.get("error")))
            if self._ending.is_over and not self._prose.has_text:
                yield from self._append(as_text(as_object(outcome.get("outputs")).get("answer")))

    def _append(self, answer: str) -> Iterator[ProviderEvent]:
        self._said += answer
        yield from self._prose.text(answer)

    def _anew(self, answer: str) -> Iterator[ProviderEvent]:
        self._said = answer
        yield from self._prose.anew(answer)

    def _closing(self, answer: str) -> Iterator[ProviderEvent]:
        """A new agent says everything once more at the end, which is news only if it differs."""
        if answer.strip() and answer.strip() != self._said.strip():
            yield from self._anew(answer)

    def _file(self, parsed: JSONObject) -> Iterator[File]:
        if file := file_of(parsed):
            self._ending.has_file = True
            yield from self._prose.file(File(file.kind, urljoin(self._base_url, file.url)))

    def _tool(self, parsed: JSONObject) -> Iterator[Tool]:
        thought, tool = name_in(parsed, "id"), name_in(parsed, "tool")
        if tool and thought not in self._calls:
            self._calls.add(thought)
            yield Tool(tool)
