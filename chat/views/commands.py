from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from chat.models import Room
from chat.services.commands import Done, run_command
from chat.views.requests import PersonRequest


def obey(request: PersonRequest, room: Room, text: str, client_id: UUID | None) -> HttpResponse:
    """Do what a line of the composer says; a script is told in words, a plain form on the page it is led to.

    :raises ChatError: it was refused.
    """
    done = run_command(room=room, by=request.user, text=text, client_id=client_id)
    address = _address(done, room)
    if request.htmx:
        response = HttpResponse(done.words, content_type="text/plain; charset=utf-8")
        response["X-Client-Id"] = str(client_id or "")
        if done.leads_to != "room":
            response["HX-Redirect"] = address
        return response
    if done.words:
        messages.success(request, done.words)
    return redirect(address)


def _address(done: Done, room: Room) -> str:
    if done.leads_to == "writing":
        return f"{reverse('writing')}#commands"
    return reverse(done.leads_to, args=[] if done.leads_to == "rooms" else [room.slug])
