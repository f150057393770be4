from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from chat.limits import spend_write
from chat.models import Message
from chat.services.replies import retry_reply, stop_reply
from chat.views.requests import PersonRequest, for_people


@require_POST
@for_people
def message_stop(request: PersonRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Message.objects.visible_to(request.user), pk=pk)
    spend_write(request.user)
    stop_reply(message=found, by=request.user)
    return _done(request, pk)


@require_POST
@for_people
def message_retry(request: PersonRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Message.objects.visible_to(request.user), pk=pk)
    spend_write(request.user)
    retry_reply(message=found, by=request.user)
    return _done(request, pk)


def _done(request: PersonRequest, pk: int) -> HttpResponse:
    """The room's live events show what came of it; a plain form goes back there."""
    if request.htmx:
        return HttpResponse(status=204)
    return redirect(Message.objects.select_related("room").get(pk=pk))
