"""An app behind ``POST …/chat-messages``."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from functools import partial

import httpx

from chat.providers.base import Backend, ChatRequest, Check, Rating
from chat.providers.clients import see_off
from chat.providers.dify import calls
from chat.providers.dify.answer import Answer
from chat.providers.dify.checking import check_app
from chat.providers.dify.errors import FileTrouble, trouble_from
from chat.providers.dify.files import Enclosed, enclose, files_of, notice_of
from chat.providers.dify.query import body_for, user_of
from chat.providers.errors import FailureKind
from chat.providers.events import Notice, ProviderEvent
from chat.providers.exchange import exchange
from chat.providers.guard import guard_of
from chat.providers.outgoing import build
from chat.providers.persistence import persist
from chat.providers.reading import told
from chat.providers.redaction import Redactor
from chat.providers.rejection import raise_for_status
from chat.providers.timers import Timers
from chat.providers.trouble import Trouble

AFTER_FINISH_SECONDS = 2.0


class DifyProvider:
    def __init__(self, backend: Backend) -> None:
        after_finish = min(backend.timeouts.after_finish, AFTER_FINISH_SECONDS)
        self._backend = replace(backend, timeouts=replace(backend.timeouts, after_finish=after_finish))
        self._redact = Redactor(backend)

    def stream(self, request: ChatRequest) -> AsyncGenerator[ProviderEvent, None]:
        timers = Timers(self._backend.timeouts)
        attempts = Messages(self._backend, request, timers)
        guard = guard_of(self._backend, request.model)
        return persist(attempts, guard=guard, timers=timers, redact=self._redact)

    async def check(self, model: str = "") -> Check:
        return await check_app(self._backend, self._redact)

    async def feedback(self, remote_message_id: str, rating: Rating, words: str, user: str) -> bool:
        """``remote_message_id`` is ``Started.request_id``; ``user`` is the conversation's."""
        try:
            await calls.rate(self._backend, remote_message_id, rating, words, user)
        except Trouble as trouble:
            return rating is None and trouble.status == httpx.codes.BAD_REQUEST  # there was nothing to be taken back
        return True


class Messages:
    """The tries at one reply: in the conversation it belongs to, or in a new one if the app has lost that."""

    def __init__(self, backend: Backend, request: ChatRequest, timers: Timers) -> None:
        self._backend, self._request, self._timers = backend, request, timers
        self._conversation_id = request.conversation.id if request.conversation else ""
        self._enclosed: Enclosed | None = None

    def adapt(self, trouble: Trouble) -> bool:
        if trouble.kind is FailureKind.CONVERSATION and self._conversation_id:
            self._conversation_id, self._enclosed = "", None
            return True
        if self._has_files and (isinstance(trouble, FileTrouble) or _may_be_about_files(trouble)):
            self._enclosed = Enclosed((), files_of(self._request, is_known=bool(self._conversation_id)))
            return True
        return False

    async def once(self) -> AsyncGenerator[ProviderEvent, None]:
        enclosed = await self._enclose()
        body = body_for(self._request, self._conversation_id, dict(self._backend.body), enclosed)
        request = build(self._backend, "/chat-messages", body, reply_key=self._request.reply_key)
        answer: Answer | None = None
        try:
            async with exchange(request, self._timers) as response:
                await self._raise_for_status(response)
                answer = self._answer_to(response)
                if enclosed.left_out:
                    yield Notice(notice_of(enclosed))
                async with aclosing(told(response, answer, self._timers, self._request.rest)) as events:
                    async for event in events:
                        yield event
        finally:  # the line is closed by now, but that stops nothing
            if answer is not None and answer.runs_on:
                see_off(calls.stop(self._backend, answer.task_id, user_of(self._request)))

    async def _enclose(self) -> Enclosed:
        """Once for all tries: the app keeps a file for whoever sent it."""
        if self._enclosed is None:
            files = files_of(self._request, is_known=bool(self._conversation_id))
            self._enclosed = await enclose(self._backend, files, user_of(self._request), self._timers)
        return self._enclosed

    @property
    def _has_files(self) -> bool:
        return self._enclosed is not None and bool(self._enclosed.uploaded)

    async def _raise_for_status(self, response: httpx.Response) -> None:
        judge = partial(trouble_from, is_known=bool(self._conversation_id))
        await raise_for_status(response, self._timers, self._backend.limits.error_bytes, judge)

    def _answer_to(self, response: httpx.Response) -> Answer:
        return Answer(
            response.headers.get("content-type", ""),
            self._backend.limits,
            base_url=self._backend.base_url,
            is_known=bool(self._conversation_id),
            goes_on=bool(self._request.begun),
        )


def _may_be_about_files(trouble: Trouble) -> bool:
    """An app without vision refuses the whole request, and not always in the same words."""
    return trouble.kind is FailureKind.CONFIG and trouble.status in (400, 404) and "file" in trouble.message.lower()
