"""What is sent: only what is configured, because strict servers refuse what they do not know."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import get_args

import httpx

from chat.providers.base import Backend, ChatRequest, Turn
from chat.providers.left_out import without_pictures
from chat.providers.openai.lessons import Lesson
from chat.providers.openai.messages import Message, Prefill, with_beginning
from chat.providers.outgoing import Body

_BLINDING = frozenset({Lesson.NO_PICTURES, Lesson.NOT_THESE_PICTURES, Lesson.PICTURES_REFUSED})
DEMANDS = frozenset({"stop", "response_format"})
PREFILL = "prefill"  # a word to us among the extra body keys: how this back end goes on with an answer


@dataclass(frozen=True, slots=True)
class Asked:
    """One request to be: what is asked of whom, and what that server is known not to understand."""

    request: ChatRequest
    backend: Backend
    lessons: frozenset[Lesson] = frozenset()

    @property
    def has_pictures(self) -> bool:
        return any(turn.pictures for turn in self.request.turns)

    @property
    def leaves_pictures_out(self) -> bool:
        return self.has_pictures and not self.lessons.isdisjoint(_BLINDING)

    @property
    def lacks_news(self) -> bool:
        """A picture that is left out came after the last answer: of older ones people have been told."""
        return self.leaves_pictures_out and any(turn.pictures for turn in _since_last_answer(self.request.turns))

    @property
    def prefill(self) -> Prefill:
        if not self.request.begun.strip() or Lesson.NO_PREFILL in self.lessons:
            return ""
        return prefill_of(self.backend)

    def body(self) -> Body:
        """The back end's own keys win, but for those without which nobody would be asked; null leaves one out."""
        body: Body = {"model": self.request.model or None, **_options(self), **_wishes(self), **self.backend.body}
        body |= {"messages": _messages(self), "stream": True}
        if self.prefill == "continue":
            body |= {"continue_final_message": True, "add_generation_prompt": False}
        return {name: value for name, value in body.items() if value is not None and name != PREFILL}


def _wishes(asked: Asked) -> Body:
    """Without what only tunes an answer, where a server refuses it. What says how it has to look stays."""
    is_refused = Lesson.NO_WISHES in asked.lessons
    return {name: wish for name, wish in asked.request.wishes.items() if not is_refused or name in DEMANDS}


def _since_last_answer(turns: Sequence[Turn]) -> Iterator[Turn]:
    return takewhile(lambda turn: turn.role != "assistant", reversed(turns))


def prefill_of(backend: Backend) -> Prefill:
    """As the assistant's row declares it; two servers are known by their address. Guessing would garble answers."""
    declared = backend.body.get(PREFILL)
    if declared is not None:
        return next((style for style in get_args(Prefill) if style == declared), "")
    try:
        url = httpx.URL(backend.base_url)
    except httpx.InvalidURL:
        return ""
    is_able = url.host == "api.mistral.ai" or (url.host == "api.deepseek.com" and "beta" in url.path)
    return "prefix" if is_able else ""


def _messages(asked: Asked) -> list[Message]:
    turns = without_pictures(asked.request.turns) if asked.leaves_pictures_out else asked.request.turns
    if Lesson.NO_SYSTEM in asked.lessons:
        turns = tuple(replace(turn, role="user") if turn.role == "system" else turn for turn in turns)
    messages = with_beginning(turns, asked.request.begun, asked.prefill)
    if asked.backend.is_reasoning_model and Lesson.NO_DEVELOPER not in asked.lessons:
        return [{**said, "role": "developer"} if said["role"] == "system" else said for said in messages]
    return messages


def _options(asked: Asked) -> Body:
    is_newer = asked.backend.is_reasoning_model or Lesson.NEWER_LIMIT in asked.lessons
    is_newer = is_newer and Lesson.OLDER_LIMIT not in asked.lessons
    is_cool = asked.backend.is_reasoning_model or Lesson.NO_TEMPERATURE in asked.lessons
    return {
        "stream_options": None if Lesson.NO_STREAM_OPTIONS in asked.lessons else {"include_usage": True},
        "temperature": None if is_cool else asked.request.temperature,
        "max_completion_tokens" if is_newer else "max_tokens": asked.request.max_tokens,
    }
