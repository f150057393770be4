"""``POST /api/chat`` waits for the reply, ``POST /api/chat/stream`` sends it as it is written.

The reply belongs to its room: whoever hangs up misses it here, and stops nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from chat import limits, wire
from chat.access import Identity
from chat.consumers.eventstream import KEEP_ALIVE_SECONDS, EventStreamConsumer
from chat.consumers.http import HttpConsumer
from chat.consumers.listening import Listener
from chat.database import in_database
from chat.exceptions import ChatError, Invalid
from chat.hub import current_hub
from chat.replies.endings import Ending
from chat.replies.worker import ensure_worker
from chat.services.asking import Asked, ask

FIELDS = ("message", "room", "assistant", "client_id")


class Asking(HttpConsumer):
    _doubts = 0

    async def answer(self, body: bytes) -> None:
        self._doubts = current_hub().waiting.doubts
        someone = await self.who_asks()
        with limits.ANSWERS.one_of(someone.user):
            fields = question(self.json_object(body))
            ensure_worker()
            await self.tell(someone, await in_database(_ask, someone, fields))

    async def tell(self, someone: Identity, asked: Asked) -> None:
        raise NotImplementedError

    @contextmanager
    def listening(self, someone: Identity, asked: Asked) -> Iterator[Listener]:
        hub, ticket = current_hub(), someone.ticket_for(asked.room.pk)
        room = asked.room
        with hub.waiting.for_reply(ticket, asked.reply.pk, room.revision, doubts=self._doubts) as waiter:
            yield Listener(waiter, hub.following)


class ChatConsumer(Asking):
    async def tell(self, someone: Identity, asked: Asked) -> None:
        with self.listening(someone, asked) as listener:
            ending = await listener.until_ended()
        told = {"room": asked.room.slug, "message": wire.message(ending.message), "usage": ending.usage}
        if ending.problem is None:
            await self.send_json(200, told)
        else:
            problem = {**failure_of(ending), **told}
            await self.send_json(ending.problem.status, problem, self.headers_of(ending.problem))


class ChatStreamConsumer(Asking, EventStreamConsumer):
    async def tell(self, someone: Identity, asked: Asked) -> None:
        await self.begin_stream()
        sequence = 0
        with self.listening(someone, asked) as listener:
            async for words in listener.words(KEEP_ALIVE_SECONDS):
                if words is None:
                    await self.keep_alive()
                    continue
                sequence += 1
                content: dict[str, Any] = {"content": words.content, "sequence": sequence}
                await self.event("message", {**content, "anew": True} if words.is_anew else content)
        await self._end_with(listener.ending)

    async def break_off(self, error: ChatError) -> None:
        is_passing = error.status in (429, 503)
        await self.event("error", {"code": error.code, "detail": error.detail, "retryable": is_passing})
        await self.send_body(b"")

    async def _end_with(self, ending: Ending) -> None:
        if ending.problem is None:
            status = "completed" if ending.message.status == "complete" else ending.message.status
            message = wire.message(ending.message)
            await self.event("complete", {"status": status, "message": message, "usage": ending.usage})
        else:
            await self.event("error", failure_of(ending))
        await self.send_body(b"")


def question(said: dict[str, Any]) -> dict[str, Any]:
    """:raises Invalid: a wrong or missing field. Extra keys are ignored."""
    fields = {name: said.get(name) for name in FIELDS}
    for name, value in fields.items():
        if not isinstance(value, str) and (value is not None or name == "message"):
            raise Invalid(f"{name}: {'This field is missing' if value is None else 'This must be a text'}.")
    try:
        fields["client_id"] = UUID(fields["client_id"]) if fields["client_id"] is not None else None
    except ValueError:
        raise Invalid("client_id: This must be a UUID.") from None
    return fields


def failure_of(ending: Ending) -> dict[str, Any]:
    problem = ending.problem
    assert problem is not None
    return {"code": problem.code, "detail": problem.detail, "retryable": ending.is_retryable}


def _ask(someone: Identity, fields: dict[str, Any]) -> Asked:
    limits.spend_write(someone.user)
    text = fields.pop("message")
    return ask(by=someone.user, text=text, **fields)
