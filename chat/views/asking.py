"""Whom to ask, and whether to ask again: small questions of their own, as a page or over the one that is open."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_http_methods

from chat.exceptions import NotAMember
from chat.limits import spend_write
from chat.models import Message
from chat.services.replies import answerers, ask_again
from chat.views.replies import done
from chat.views.requests import PersonRequest, for_people


@require_GET
@for_people
def message_ask(request: PersonRequest, pk: int) -> HttpResponse:
    """The assistants of the room, one of whom may be asked for another attempt."""
    replies = Message.objects.visible_to(request.user).filter(reply__isnull=False, deleted_at=None)
    found = get_object_or_404(replies.whole(), pk=pk)
    if not found.room.gives_say_to(request.user):
        raise NotAMember
    offered = sorted(answerers(found.room), key=lambda one: one.user_id != found.author_id)
    return sheet(request, "ask", {"message": found, "answerers": offered})


@require_http_methods(["GET", "POST"])
@for_people
def message_again(request: PersonRequest, pk: int) -> HttpResponse:
    """After an edit: ask all that have answered once more?"""
    found = get_object_or_404(Message.objects.visible_to(request.user).to_ask_again(request.user).whole(), pk=pk)
    if request.method == "GET":
        return sheet(request, "again", {"message": found})
    spend_write(request.user)
    ask_again(message=found, by=request.user)
    return done(request, pk)


def sheet(request: PersonRequest, question: str, context: Mapping[str, object]) -> HttpResponse:
    """A question over the page that is open, or as a page of its own."""
    template = "chat/partials/_sheet.html" if request.htmx else "chat/sheet.html"
    return render(request, template, {**context, "question": f"chat/partials/_{question}.html"})
