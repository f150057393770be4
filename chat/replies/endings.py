"""How a reply ended, for programs that wait for it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from chat import wire
from chat.exceptions import ChatError, NotFound, RateLimited
from chat.models import Message, Reply
from chat.providers import FailureKind


class Failed(ChatError):
    """The provider failed, or servers died: told with a kind as its code."""

    def __init__(self, code: str, text: str, status: int) -> None:
        super().__init__(text)
        self.code, self.status = code, status


class UsedUp(RateLimited):
    """A limit of requests, tokens or cost: told with when it starts anew."""

    code = str(FailureKind.LIMIT)

    def __init__(self, text: str, retry_at: datetime) -> None:
        super().__init__(max(1, math.ceil((retry_at - timezone.now()).total_seconds())))
        self.detail = text


@dataclass(frozen=True, slots=True)
class Ending:
    message: Message
    usage: wire.UsageJson | None
    problem: ChatError | None = None
    is_retryable: bool = False


def ending_of(message_id: int) -> Ending | None:
    """None while it is being written."""
    reply = Reply.objects.select_related("message__author", "current").get(message=message_id)
    message = reply.message
    if message.is_deleted:
        return Ending(message, None, NotFound("The reply was deleted."))
    if message.is_running:
        return None
    usage = wire.usage(reply.current) if reply.current else None
    if message.status == Message.Status.INTERRUPTED:
        return Ending(message, usage, Failed("interrupted", reply.problem, 503), is_retryable=True)
    if message.status == Message.Status.FAILED:
        kind = reply.current.error_kind if reply.current else ""
        is_retryable = bool(reply.current and reply.current.is_retryable)
        return Ending(message, usage, _problem(reply, kind), is_retryable)
    return Ending(message, usage)


def _problem(reply: Reply, kind: str) -> ChatError:
    if reply.current and reply.current.retry_at:
        return UsedUp(reply.problem, reply.current.retry_at)
    return Failed(kind or "server", reply.problem, status_of(kind))


def status_of(kind: str) -> int:
    """Which status a failure of a back end has over HTTP."""
    match kind:
        case FailureKind.LIMIT:
            return 429
        case FailureKind.OFF:
            return 409
        case FailureKind.TIMEOUT:
            return 504
        case FailureKind.RATE_LIMIT | FailureKind.OVERLOADED | FailureKind.BUSY:
            return 503
        case _:
            return 502
