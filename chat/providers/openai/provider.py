"""Any server that speaks ``POST …/chat/completions``."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

import httpx

from chat.providers.base import Backend, ChatRequest, Check
from chat.providers.errors import FailureKind
from chat.providers.events import Activity, ProviderEvent, Reasoning, Replace, Text, Tool
from chat.providers.exchange import await_end, exchange, receive
from chat.providers.guard import guard_of
from chat.providers.openai import request as wire
from chat.providers.openai.answer import Answer
from chat.providers.openai.checking import check_model
from chat.providers.openai.rejection import raise_for_status
from chat.providers.persistence import persist
from chat.providers.redaction import Redactor
from chat.providers.timers import Timers
from chat.providers.trouble import Trouble

_PROGRESS = Text | Reasoning | Replace | Tool


class OpenAIProvider:
    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._redact = Redactor(backend)

    async def stream(self, request: ChatRequest) -> AsyncGenerator[ProviderEvent, None]:
        timers = Timers(self._backend.timeouts)
        attempts = Completions(self._backend, request, timers)
        guard = guard_of(self._backend.base_url)
        async with aclosing(persist(attempts, guard=guard, timers=timers, redact=self._redact)) as events:
            async for event in events:
                yield event

    async def check(self, model: str = "") -> Check:
        return await check_model(self._backend, self, model, self._redact)


class Completions:
    """The tries at one reply: the same question, adapted to what the server turns out not to understand."""

    def __init__(self, backend: Backend, request: ChatRequest, timers: Timers) -> None:
        self._backend = backend
        self._reply_key = request.reply_key
        self._timers = timers
        self._body = wire.body_for(request)
        self._was_shortened = False

    def adapt(self, trouble: Trouble) -> bool:
        is_too_long = trouble.kind is FailureKind.CONTEXT
        body = None if is_too_long and self._was_shortened else wire.adapted(self._body, trouble)
        self._was_shortened = self._was_shortened or is_too_long
        self._body = body or self._body
        return body is not None

    async def once(self) -> AsyncGenerator[ProviderEvent, None]:
        async with exchange(self._request(), self._timers) as response:
            await raise_for_status(response, self._timers, self._backend.limits.error_bytes)
            answer = Answer(response.headers.get("content-type", ""), self._backend.limits)
            try:
                async with aclosing(self._read(response, answer)) as events:
                    async for event in events:
                        yield event
                for event in answer.end():
                    yield event
            except Trouble as trouble:
                for event in answer.remains():
                    yield event
                raise trouble from trouble.__cause__

    async def _read(self, response: httpx.Response, answer: Answer) -> AsyncGenerator[ProviderEvent, None]:
        async with aclosing(receive(response, self._timers)) as body:
            async for received in body:
                is_quiet = True
                for event in answer.feed(received):
                    is_quiet = False
                    yield event
                    if isinstance(event, _PROGRESS):
                        self._timers.progressed()
                if answer.has_finished:
                    self._timers.finished()
                if answer.is_complete:
                    await await_end(body)
                    return
                if is_quiet:
                    yield Activity()

    def _request(self) -> httpx.Request:
        try:
            return wire.build(self._backend, "/chat/completions", self._body, reply_key=self._reply_key)
        except (httpx.InvalidURL, ValueError, TypeError) as error:
            raise Trouble(FailureKind.CONFIG, f"This back end's settings make no request: {error}") from error
