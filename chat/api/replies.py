from __future__ import annotations

from typing import Any

from ninja import Router

from chat import wire
from chat.api.auth import ApiRequest
from chat.api.errors import READ_REFUSALS, WRITE_REFUSALS, ErrorOut
from chat.api.messages import visible_message
from chat.api.schemas import AttemptsOut, MessageOut
from chat.limits import spend_write
from chat.models import Attempt
from chat.services.replies import retry_reply, stop_reply

router = Router(tags=["replies"])


@router.post("/{int:id}/stop", response={200: MessageOut, WRITE_REFUSALS: ErrorOut}, summary="Stop a reply")
def stop(request: ApiRequest, id: int) -> wire.MessageJson:  # noqa: A002 - the contract's name
    """What is written stays. The answer may still say `streaming`: whoever writes it ends it in a moment."""
    spend_write(request.user)
    stop_reply(message=visible_message(request, id), by=request.user)
    return wire.message(visible_message(request, id))


@router.post("/{int:id}/retry", response={200: MessageOut, WRITE_REFUSALS: ErrorOut}, summary="Another attempt")
def retry(request: ApiRequest, id: int) -> wire.MessageJson:  # noqa: A002
    spend_write(request.user)
    retry_reply(message=visible_message(request, id), by=request.user)
    return wire.message(visible_message(request, id))


@router.get("/{int:id}/attempts", response={200: AttemptsOut, READ_REFUSALS: ErrorOut}, summary="Every try at a reply")
def attempts(request: ApiRequest, id: int) -> dict[str, Any]:  # noqa: A002
    """None for a message that is no reply."""
    found = Attempt.objects.filter(reply__message=visible_message(request, id)).order_by("number")
    return {"attempts": [attempt_json(attempt) for attempt in found]}


def attempt_json(attempt: Attempt) -> dict[str, Any]:
    return {
        "number": attempt.number,
        "status": attempt.status,
        "text": attempt.text,
        "model": attempt.model,
        "usage": wire.usage(attempt),
        "error": _failure(attempt),
    }


def _failure(attempt: Attempt) -> dict[str, str] | None:
    """In the words people are told; the provider's own are for staff."""
    if not attempt.error_kind:
        return None
    return {"code": attempt.error_kind, "detail": attempt.problem}
