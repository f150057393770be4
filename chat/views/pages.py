"""A page with the list of rooms beside it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from chat.models import Room
from chat.views.requests import PersonRequest
from chat.views.sidebar import Sidebar, sidebar_of


def desk(
    request: PersonRequest,
    template: str,
    context: dict[str, Any],
    *,
    room: Room | None = None,
    sidebar: Sidebar | None = None,
    status: int = 200,
) -> HttpResponse:
    sidebar = sidebar or sidebar_of(request.user)
    return render(request, template, {"sidebar": sidebar, "room": room, **context}, status=status)
