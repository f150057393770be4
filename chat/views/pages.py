"""A page with the list of rooms beside it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from chat import presence
from chat.models import Room
from chat.views.history import number
from chat.views.requests import PersonRequest, for_people
from chat.views.sidebar import Sidebar, are_still_shown, sidebar_of


def desk(
    request: PersonRequest,
    template: str,
    context: dict[str, Any],
    *,
    room: Room | None = None,
    sidebar: Sidebar | None = None,
    status: int = 200,
) -> HttpResponse:
    sidebar = sidebar or sidebar_of(request.user, beside=room)
    beside = {"sidebar": sidebar, "room": room, "is_waiting": sidebar.is_waiting(beside=room)}
    return render(request, template, {**beside, **context}, status=status)


@require_GET
@for_people
def room_list(request: PersonRequest) -> HttpResponse:
    """The list of rooms alone, for a page that has it beside it already. ``?room=`` is the one that page shows.

    With ``?here=1,2`` only if others than these people are here: a page asks that from time to time, cheaply.
    """
    if (here := request.GET.get("here")) is not None:
        shown_as_here = {pk for text in here.split(",") if (pk := number(text)) is not None}
        if are_still_shown(shown_as_here, presence.everybody() - {request.user.pk}):
            return HttpResponse(status=204)
    shown = Room.objects.visible_to(request.user).filter(slug=request.GET.get("room", "")).first()
    context = {"sidebar": sidebar_of(request.user, beside=shown), "room": shown}
    return render(request, "chat/partials/_room_list.html", context)
