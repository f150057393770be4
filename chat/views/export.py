"""The way to a file of a room: what it is to be. The file itself comes from the API."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_safe

from chat.forms import ExportForm
from chat.models import Room
from chat.views.pages import desk
from chat.views.requests import PersonRequest, for_people
from chat.views.room_pages import Standing
from chat.views.sidebar import sidebar_of


@require_safe
@for_people
def room_export(request: PersonRequest, slug: str) -> HttpResponse:
    room = get_object_or_404(Room.objects.visible_to(request.user), slug=slug)
    form = ExportForm(request.GET if "format" in request.GET else None)
    if form.is_bound and form.is_valid():
        query = {name: value for name, value in form.query().items() if value}
        return redirect(f"/api/rooms/{room.slug}/export?{urlencode(query)}")
    sidebar = sidebar_of(request.user)
    standing = Standing(request.user, room, sidebar.by_room.get(room.pk))
    context = {"form": form, "name": standing.name}
    status = 422 if form.errors else 200
    return desk(request, "chat/room_export.html", context, room=room, sidebar=sidebar, status=status)
