"""Whoever asks pays: before a back end is asked, what it is going to take is set aside. Blocks."""

from __future__ import annotations

from chat import usage
from chat.exceptions import ChatError
from chat.models import Assistant, Attempt, Message
from chat.providers import ChatRequest, FailureKind
from chat.replies.ledger import Lease, Outcome
from chat.replies.tokens import estimate_tokens


def pay(lease: Lease, request: ChatRequest, *, answerer: Assistant | None = None) -> usage.Permit:
    """``answerer`` is who is asked, if it is not the assistant whose message it is.

    The end of the attempt concludes it; whoever asks somebody else instead releases it before.

    :raises OverLimit: :raises AssistantsOff:
    """
    attempts = Attempt.objects.select_related(
        "reply__asker", "reply__assistant__user", "answered_by__user", "reply__message__room"
    )
    attempt = attempts.get(reply=lease.reply_id, number=lease.attempt)
    reply = attempt.reply
    return usage.reserve(
        person=reply.asker,
        room=reply.message.room,
        assistant=answerer or attempt.author,
        prompt_tokens=sum(estimate_tokens(turn.content) for turn in request.turns),
        completion_tokens=request.max_tokens,
        attempt=attempt,
    )


def refusal(error: ChatError) -> Outcome:
    """The end of a reply that nobody may write."""
    is_limit = isinstance(error, usage.OverLimit)
    return Outcome(
        status=Message.Status.FAILED,
        reason="error",
        error_kind=str(FailureKind.LIMIT if is_limit else FailureKind.OFF),
        error_detail=error.for_the_room if isinstance(error, usage.OverLimit) else error.detail,
        is_retryable=False,
    )
