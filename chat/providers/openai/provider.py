"""Any server that speaks ``POST …/chat/completions``."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

import httpx

from chat.providers.base import Backend, ChatRequest, Check
from chat.providers.events import Notice, ProviderEvent
from chat.providers.exchange import exchange
from chat.providers.guard import guard_of
from chat.providers.openai.answer import Answer
from chat.providers.openai.checking import check_model
from chat.providers.openai.lessons import Lesson, lessons_of, memory
from chat.providers.openai.request import Asked
from chat.providers.outgoing import build
from chat.providers.persistence import persist
from chat.providers.reading import told
from chat.providers.redaction import Redactor
from chat.providers.rejection import raise_for_status
from chat.providers.timers import Timers
from chat.providers.trouble import Trouble

WITHOUT_PICTURES = {
    Lesson.NO_PICTURES: "This model cannot see pictures, so it was asked without them.",
    Lesson.NOT_THESE_PICTURES: (
        "The pictures are too large or too many for this model's server, so it was asked without them."
    ),
    Lesson.PICTURES_REFUSED: (
        "This model's server did not take the question with its pictures, so it was asked without them."
    ),
}


class OpenAIProvider:
    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._redact = Redactor(backend)

    def stream(self, request: ChatRequest) -> AsyncGenerator[ProviderEvent, None]:
        timers = Timers(self._backend.timeouts)
        attempts = Completions(self._backend, request, timers)
        guard = guard_of(self._backend, request.model)
        return persist(attempts, guard=guard, timers=timers, redact=self._redact)

    async def check(self, model: str = "") -> Check:
        return await check_model(self._backend, self, model, self._redact)


class Completions:
    """The tries at one reply: the same question, adapted to what the server turns out not to understand."""

    def __init__(self, backend: Backend, request: ChatRequest, timers: Timers) -> None:
        self._backend = backend
        self._timers = timers
        self._asked = Asked(request, backend, memory().of(backend.base_url, request.model))

    def adapt(self, trouble: Trouble) -> bool:
        for lesson in lessons_of(trouble):
            wiser = replace(self._asked, lessons=self._asked.lessons | {lesson})
            if wiser.body() != self._asked.body():
                self._asked = wiser
                return True
        return False

    async def once(self) -> AsyncGenerator[ProviderEvent, None]:
        async with exchange(self._request(), self._timers) as response:
            await raise_for_status(response, self._timers, self._backend.limits.error_bytes)
            answer = self._answer_to(response)
            if self._asked.lacks_news:
                yield Notice(next(words for lesson, words in WITHOUT_PICTURES.items() if lesson in self._asked.lessons))
            async with aclosing(told(response, answer, self._timers, self._asked.request.rest)) as events:
                async for event in events:
                    yield event
            self._remember()

    def _answer_to(self, response: httpx.Response) -> Answer:
        return Answer(
            response.headers.get("content-type", ""),
            self._backend.limits,
            request_id=response.headers.get("x-generation-id", ""),
            goes_on=bool(self._asked.request.begun),
        )

    def _remember(self) -> None:
        """Only now: a refusal that came again may have had another reason."""
        memory().keep(self._backend.base_url, self._asked.request.model, self._asked.lessons)

    def _request(self) -> httpx.Request:
        return build(self._backend, "/chat/completions", self._asked.body(), reply_key=self._asked.request.reply_key)
