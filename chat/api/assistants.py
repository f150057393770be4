from __future__ import annotations

from ninja import Router

from chat.api.auth import ApiRequest
from chat.api.errors import READ_REFUSALS, ErrorOut
from chat.api.schemas import AssistantOut
from chat.models import Assistant

router = Router(tags=["assistants"])


@router.get("", response={200: list[AssistantOut], READ_REFUSALS: ErrorOut}, summary="Who can answer")
def list_assistants(request: ApiRequest) -> list[dict[str, str]]:
    assistants = Assistant.objects.enabled().select_related("user").order_by("user__username")
    return [
        {"slug": assistant.slug, "name": assistant.user.shown_name, "emoji": assistant.user.avatar_emoji}
        for assistant in assistants
    ]
