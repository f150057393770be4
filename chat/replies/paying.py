"""Whoever asks pays: before a back end is asked, what it is going to take is set aside. Blocks."""

from __future__ import annotations

from chat import usage
from chat.models import Attempt, Message
from chat.providers import FailureKind
from chat.replies.briefing import Briefing
from chat.replies.ledger import Lease
from chat.replies.outcomes import Outcome


def pay(lease: Lease, briefing: Briefing) -> usage.Permit:
    """The end of the attempt concludes it; whoever asks somebody else instead releases it before.

    :raises OverLimit: :raises AssistantsOff:
    """
    return usage.reserve(
        person=briefing.reply.asker,
        room=briefing.reply.prompt.room,
        assistant=briefing.assistant,
        prompt_tokens=briefing.tokens,
        completion_tokens=briefing.request.max_tokens,
        attempt=Attempt(pk=lease.attempt_id),
    )


def refusal(error: usage.OverLimit | usage.AssistantsOff) -> Outcome:
    """The end of a reply that nobody may write."""
    is_limit = isinstance(error, usage.OverLimit)
    return Outcome(
        status=Message.Status.FAILED,
        reason="error",
        error_kind=str(FailureKind.LIMIT if is_limit else FailureKind.OFF),
        error_detail=error.for_the_room if isinstance(error, usage.OverLimit) else error.detail,
        is_retryable=False,
        retry_at=error.ends_at if isinstance(error, usage.OverLimit) else None,
    )
