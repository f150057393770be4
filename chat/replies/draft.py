"""One attempt's text while it is written: from provider events to pieces, frames and an outcome."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.utils import timezone

from chat import events, markup, providers
from chat.models import Message
from chat.replies.checkpoints import Progress
from chat.replies.ledger import Lease
from chat.replies.outcomes import Outcome
from chat.replies.pulse import LIGHT, READABLE, Cut
from chat.replies.seam import Seam
from chat.replies.thoughts import Thoughts

STATUS_OF_FINISH = {"stopped": Message.Status.STOPPED}


class Draft:
    """Belongs to one attempt. ``sequence`` counts the frames that were taken, without gaps."""

    def __init__(self, lease: Lease, people: Mapping[str, markup.Mentioned], model: str) -> None:
        self._lease = lease
        self._growing = markup.Growing(people)
        self._people = people
        self._begun = lease.begun
        self._seam = Seam(lease.begun)
        self._fresh: list[str] = [lease.begun] if lease.begun else []
        self._is_anew = False
        self._notice = ""  # in words of our own, which no back end takes back
        self._grown: list[str] = []
        self._rendering = threading.Lock()
        self._usage: providers.Usage | None = None
        self._terminal: providers.Terminal | None = None
        self.thoughts = Thoughts()
        self.model = model
        self.sequence = 0
        self.first_token_at: datetime | None = None

    def take(self, event: providers.ProviderEvent) -> bool:
        """Note an event; True if there is something new to show."""
        match event:
            case providers.Text(delta=delta):
                self.first_token_at = self.first_token_at or timezone.now()
                self._fresh.append(self._sewn(delta))
                return True
            case providers.Replace(text=text):
                self._replace(text)
                return True
            case providers.Notice(words=words) if not self._begun:
                notice = f"*{words}*\n\n"
                self._notice += notice
                self._fresh.append(notice)
                return True
            case providers.File():
                self._fresh += self._seam.end() if self._begun else "", event.link  # in the order they came
                return True
            case providers.Started(model=model) if model:
                self.model = model
            case providers.Reasoning(delta=delta):
                self.thoughts.add(delta)
                return True
            case providers.Usage():
                self._usage = event
            case providers.Done() | providers.Failed() | providers.Cancelled():
                self._terminal = event
        return False

    def end_text(self) -> bool:
        """No more is coming: what was held back at the seam comes too; True if there was something."""
        if held := self._seam.end():
            self._fresh.append(held)
        return bool(held)

    def cut(self) -> Cut | None:
        content, thought = "".join(self._fresh), self.thoughts.cut()
        if not content and not self._is_anew and thought is None:
            return None
        is_light = thought is None and not self._is_anew and self._is_light(content)
        cut = Cut(content, self._is_anew, thought, is_light=is_light)
        self._fresh, self._is_anew = [], False
        return cut

    def _is_light(self, content: str) -> bool:
        """Whether it may be rendered on the event loop: a preview that is being made would have to be waited for."""
        if len(content) > READABLE or self._rendering.locked():
            return False
        is_first = self.sequence == 0 and not self._begun
        return (is_first and len(content) <= LIGHT) or self._growing.is_light(content)

    def grow(self, cut: Cut) -> list[Mapping[str, Any]]:
        """A frame more of thoughts, of text, or of both. Runs on a thread unless it is light; only ``progress`` may run
        beside it.

        Thoughts come before the words they lead to, but after a frame that begins anew: viewers forget both at that.
        """
        lease, growths = self._lease, []
        if cut.content or cut.is_anew:
            growths.append(self._grow(cut))
        if cut.thought:
            thinking = events.thinking(lease.room_id, lease.message_id, lease.attempt, **asdict(cut.thought))
            growths.insert(1 if cut.is_anew else 0, thinking)
        return growths

    def _grow(self, cut: Cut) -> Mapping[str, Any]:
        with self._rendering:
            if cut.is_anew:
                self._growing, self._grown = markup.Growing(self._people), []
            self.sequence += 1
            pieces = [_piece(piece) for piece in self._growing.feed(cut.content)]
            self._grown.append(cut.content)
        lease = self._lease
        numbers = lease.room_id, lease.message_id, lease.attempt, self.sequence
        if cut.is_anew:
            return events.regrowth(*numbers, cut.content, pieces, assistant=lease.assistant, prompt=lease.prompt_id)
        return events.growth(*numbers, cut.content, pieces)

    def progress(self) -> Progress:
        """Renders a preview: not on the event loop."""
        with self._rendering:
            text, html, sequence = "".join(self._grown), self._growing.html(), self.sequence
        reasoning, thought = self.thoughts.told
        return Progress(
            text=text,
            html=html,
            sequence=sequence,
            model=self.model,
            first_token_at=self.first_token_at,
            reasoning=reasoning,
            thought=thought,
            first_reasoning_at=self.thoughts.first_at,
        )

    def _replace(self, text: str) -> None:
        """The back end takes back what it said; what there was before it began stays, and what we have noted."""
        self._seam = Seam(self._begun)
        self._fresh, self._is_anew = [self._notice, self._begun, self._sewn(text)], True
        self.thoughts.tell_anew()

    def _sewn(self, text: str) -> str:
        return self._seam.feed(text) if self._begun else text

    def outcome(self, *, stopped: bool = False) -> Outcome:
        """How it ended. Renders the whole text: call it on a thread."""
        match self._terminal:
            case _ if stopped:
                return self._outcome(Message.Status.STOPPED, "stopped")
            case providers.Done(finish=finish):
                return self._outcome(STATUS_OF_FINISH.get(finish, Message.Status.COMPLETE), finish)
            case providers.Failed() as failure:
                return self._outcome(
                    Message.Status.FAILED,
                    "error",
                    error_kind=str(failure.kind),
                    error_detail=failure.message,
                    is_retryable=failure.retryable,
                )
            case _:
                return self._outcome(Message.Status.STOPPED, "stopped")

    def failure(self, kind: str, detail: str) -> Outcome:
        return self._outcome(Message.Status.FAILED, "error", error_kind=kind, error_detail=detail)

    def _outcome(self, status: str, reason: str, **error: Any) -> Outcome:
        return Outcome(
            status=status,
            reason=reason,
            text="".join(self._grown),
            body=self._growing.finish(),
            sequence=self.sequence,
            reasoning=self.thoughts.text,
            model=self.model,
            prompt_tokens=self._usage.prompt if self._usage else None,
            completion_tokens=self._usage.completion if self._usage else None,
            cost=self._usage.cost if self._usage else None,
            first_reasoning_at=self.thoughts.first_at,
            first_token_at=self.first_token_at,
            **error,
        )


def _piece(piece: markup.Piece) -> dict[str, Any]:
    """As it travels: with ``html`` it replaces its block, with ``children`` those of its list or table from a position
    on, with ``text`` it is appended to it."""
    match piece:
        case markup.Block():
            drawn = {"html": piece.html, "is_open": piece.is_open, "text": None}
            return {"index": piece.index, **drawn, "joints": piece.joints}
        case markup.Part():
            changed = {"position": piece.position, "children": piece.children}
            return {"index": piece.index, "html": None, "is_open": True, "text": "", **changed}
        case markup.Tail():
            return {"index": piece.index, "html": None, "is_open": True, "text": piece.text}
