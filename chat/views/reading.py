"""How far a reader has read. A page with scripts tells by its socket what was seen; one without loads this picture."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from chat.models import Room
from chat.services.messages import mark_read
from chat.views.history import number
from chat.views.requests import PersonRequest, for_people

NOTHING = '<svg xmlns="http://www.w3.org/2000/svg"/>'


@require_GET
@never_cache
@for_people
def room_read(request: PersonRequest, slug: str) -> HttpResponse:
    room = get_object_or_404(Room.objects.visible_to(request.user), slug=slug)
    mark_read(room=room, user=request.user, sequence=number(request.GET.get("sequence")) or 0)
    return HttpResponse(NOTHING, content_type="image/svg+xml")
