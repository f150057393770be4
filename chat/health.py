"""For whoever watches the process: does it live, and can it work."""

from __future__ import annotations

import asyncio
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from chat.database import in_database
from chat.hub import current_hub
from chat.services.checkup.passing import HEADER, is_examined


def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers; and to `manage.py doctor`, how it is asked."""
    if is_examined(request.headers.get(HEADER, "")):
        return JsonResponse(_as_asked(request))
    return HttpResponse("ok", content_type="text/plain")


def _as_asked(request: HttpRequest) -> dict[str, Any]:
    scope: dict[str, Any] = request.scope  # type: ignore[attr-defined]
    return {
        "client": request.META.get("REMOTE_ADDR", ""),
        "forwarded": bool(scope.get("chat.forwarded")),
        "trusted": bool(scope.get("chat.trusted")),
        "hops": scope.get("chat.hops", []),
    }


async def readyz(request: HttpRequest) -> JsonResponse:
    """The database and the channel layer answer; else 503 with the names of what does not."""
    failing = [
        name for name, works in (("database", await _database()), ("channel_layer", _channel_layer())) if not works
    ]
    if failing:
        return JsonResponse({"status": "failing", "failing": failing}, status=503)
    return JsonResponse({"status": "ok"})


async def _database() -> bool:
    try:
        await asyncio.wait_for(in_database(_ask), 5)
    except Exception:  # noqa: BLE001 - whatever it is, we cannot work
        return False
    return True


def _ask() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _channel_layer() -> bool:
    """It takes what is said, and what it carries is heard."""
    hub = current_hub()
    return hub.publisher.healthy and not hub.listening.unheard
