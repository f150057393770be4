from __future__ import annotations

from typing import Any

from ninja import Router

from chat import wire
from chat.api.auth import ApiRequest
from chat.api.errors import READ_REFUSALS, WRITE_REFUSALS, ErrorOut
from chat.api.messages import visible_message
from chat.api.schemas import AttemptsOut, MessageOut, RetryIn
from chat.limits import spend_write
from chat.models import Attempt
from chat.services.replies import ask_again, continue_reply, retry_reply
from chat.services.stopping import stop_reply

router = Router(tags=["replies"])


@router.post("/{int:id}/stop", response={200: MessageOut, WRITE_REFUSALS: ErrorOut}, summary="Stop a reply")
def stop(request: ApiRequest, id: int) -> wire.MessageJson:  # noqa: A002 - the contract's name
    """What is written stays. The answer may still say `streaming`: whoever writes it ends it in a moment."""
    spend_write(request.user)
    stop_reply(message=visible_message(request, id), by=request.user)
    return wire.message(visible_message(request, id))


@router.post("/{int:id}/retry", response={200: MessageOut, WRITE_REFUSALS: ErrorOut}, summary="Another attempt")
def retry(request: ApiRequest, id: int, body: RetryIn | None = None) -> wire.MessageJson:  # noqa: A002
    """By the assistant whose message it is, or by `assistant`, another one of the room."""
    spend_write(request.user)
    wanted = body.assistant if body and body.assistant else ""
    retry_reply(message=visible_message(request, id), by=request.user, assistant=wanted)
    return wire.message(visible_message(request, id))


@router.post("/{int:id}/continue", response={200: MessageOut, WRITE_REFUSALS: ErrorOut}, summary="Go on with a reply")
def go_on(request: ApiRequest, id: int) -> wire.MessageJson:  # noqa: A002
    """An attempt that begins with the words there are: for a reply that was cut off."""
    spend_write(request.user)
    continue_reply(message=visible_message(request, id), by=request.user)
    return wire.message(visible_message(request, id))


@router.post("/{int:id}/again", response={200: MessageOut, WRITE_REFUSALS: ErrorOut}, summary="Ask again")
def again(request: ApiRequest, id: int) -> wire.MessageJson:  # noqa: A002
    """New attempts of all that answered this message of yours, as it is now."""
    spend_write(request.user)
    ask_again(message=visible_message(request, id), by=request.user)
    return wire.message(visible_message(request, id))


@router.get(
    "/{int:id}/attempts",
    response={200: AttemptsOut, READ_REFUSALS: ErrorOut},
    exclude_unset=True,
    summary="Every try at a reply",
)
def attempts(request: ApiRequest, id: int, reasoning: bool = False) -> dict[str, Any]:  # noqa: A002
    """None for a message that is no reply. `?reasoning=1`: with what the model thought."""
    found = Attempt.objects.filter(reply__message=visible_message(request, id)).order_by("number")
    found = found.select_related("reply__assistant__user", "reply__answerer__user", "answered_by__user")
    return {"attempts": [attempt_json(attempt, with_reasoning=reasoning) for attempt in found]}


def attempt_json(attempt: Attempt, *, with_reasoning: bool = False) -> dict[str, Any]:
    shown = {
        "number": attempt.number,
        "status": attempt.status,
        "reason": attempt.finish or None,
        "assistant": attempt.author.slug,
        "continues": attempt.goes_on,
        "text": attempt.text,
        "model": attempt.model,
        "usage": wire.usage(attempt),
        "cost": None if attempt.cost is None else float(attempt.cost),
        "error": _failure(attempt),
        "fallback": _fallback(attempt),
    }
    return shown | {"reasoning": attempt.reasoning} if with_reasoning else shown


def _failure(attempt: Attempt) -> dict[str, str] | None:
    """In the words people are told; the provider's own are for staff."""
    if not attempt.error_kind:
        return None
    return {"code": attempt.error_kind, "detail": attempt.problem}


def _fallback(attempt: Attempt) -> dict[str, str] | None:
    note = attempt.reply.stand_in_note(attempt)
    return {"code": attempt.fallback_kind, "detail": note} if note else None
