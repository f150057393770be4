"""Answers at the pace of a real model, so that a newcomer sees what streaming is like before having one."""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from chat.providers.base import ChatRequest, Check, Turn
from chat.providers.demo.answers import answer_to
from chat.providers.demo.question import Question
from chat.providers.events import Done, ProviderEvent, Started, Text, Usage

MODEL = "demo"
_TOKEN = re.compile(r"\s*(?:\w{1,7}|[^\w\s]{1,3})|\s+\Z")


@dataclass(frozen=True, slots=True)
class Pace:
    """Like a model of middling size on a good line. ``Pace(0, math.inf)`` does not wait at all."""

    first_token_seconds: float = 0.4
    tokens_per_second: float = 40

    def due(self, token: int) -> float:
        return self.first_token_seconds + (token / self.tokens_per_second if token else 0)


class DemoProvider:
    def __init__(self, pace: Pace | None = None) -> None:
        self._pace = pace or Pace()

    async def stream(self, request: ChatRequest) -> AsyncGenerator[ProviderEvent, None]:
        tokens = tokens_of(answer_to(_question_in(request.turns)))
        said = tokens if request.max_tokens is None else tokens[: max(1, request.max_tokens)]
        yield Started(request.reply_key, MODEL)
        began = _now()
        for number, token in enumerate(said):
            await asyncio.sleep(max(0.0, began + self._pace.due(number) - _now()))
            yield Text(token)
        yield _usage(request.turns, len(said))
        yield Done("stop" if len(said) == len(tokens) else "length")

    async def check(self, model: str = "") -> Check:
        return Check(True, "Built in: it needs no model and no network.")


def tokens_of(text: str) -> list[str]:
    """Cut about as a model would: together they are the text again."""
    return _TOKEN.findall(text)


def _question_in(turns: tuple[Turn, ...]) -> Question:
    asked = next((turn.content for turn in reversed(turns) if turn.role == "user"), "")
    return Question.parse(asked)


def _usage(turns: tuple[Turn, ...], completion: int) -> Usage:
    prompt = sum(math.ceil(len(turn.content) / 4) for turn in turns)
    return Usage(prompt=prompt, completion=completion, total=prompt + completion)


def _now() -> float:
    return asyncio.get_running_loop().time()
