from __future__ import annotations

from contextlib import nullcontext, suppress

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from chat import markup
from chat.exceptions import NotRunning
from chat.limits import spend_write
from chat.models import Attempt, Message
from chat.services.mentions import mentionable
from chat.services.replies import continue_reply, retry_reply
from chat.services.stopping import await_end, stop_reply
from chat.views import history
from chat.views.pages import desk
from chat.views.requests import PersonRequest, for_people

ASK_NO_MORE = 286  # htmx then ends an `hx-trigger="every …"`


@require_POST
@for_people
def message_stop(request: PersonRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Message.objects.visible_to(request.user), pk=pk)
    spend_write(request.user)
    # Without scripts who pressed twice has what they wanted, and nothing tells their page later that it has ended.
    with nullcontext() if request.htmx else suppress(NotRunning):
        stop_reply(message=found, by=request.user)
    if not request.htmx:
        await_end(found)
    return done(request, pk)


@require_POST
@for_people
def message_retry(request: PersonRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Message.objects.visible_to(request.user), pk=pk)
    spend_write(request.user)
    retry_reply(message=found, by=request.user, assistant=request.POST.get("assistant", ""))
    return done(request, pk)


@require_POST
@for_people
def message_continue(request: PersonRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Message.objects.visible_to(request.user), pk=pk)
    spend_write(request.user)
    continue_reply(message=found, by=request.user)
    return done(request, pk)


@require_GET
@for_people
def message_source(request: PersonRequest, pk: int) -> HttpResponse:
    """The Markdown of a message, or of one attempt at it: what is copied."""
    found = get_object_or_404(Message.objects.visible_to(request.user).filter(deleted_at=None), pk=pk)
    text = found.text
    if wanted := history.number(request.GET.get("attempt")):
        text = get_object_or_404(Attempt, reply__message=found, number=wanted).text
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


@require_GET
def message_place(request: HttpRequest, pk: int) -> HttpResponse:
    """Where in line a reply is by now. The page asks by itself: signed out, it stops, and its light says why."""
    if not request.user.is_authenticated:
        return HttpResponse(status=ASK_NO_MORE, headers={"HX-Reswap": "none"})
    return _place(request, pk)


@for_people
def _place(request: PersonRequest, pk: int) -> HttpResponse:
    """The waiting move up without anything else about them changing."""
    found = get_object_or_404(Message.objects.visible_to(request.user).whole(), pk=pk)
    if found.status != Message.Status.QUEUED:
        return HttpResponse(status=204)
    return render(request, "chat/partials/_reply_wait.html", {"message": found, "is_asked": True})


@require_GET
@for_people
def message_attempt(request: PersonRequest, pk: int, number: int) -> HttpResponse:
    """One of the tries at a reply, in its message's place, for this reader alone."""
    found = get_object_or_404(Message.objects.visible_to(request.user).filter(deleted_at=None).whole(), pk=pk)
    attempt = _attempt(found, number)
    is_current = found.is_running or number == found.attempt_number
    context = {"message": found} if is_current else {"message": found, "attempt": attempt, "html": _html_of(attempt)}
    if not request.htmx:
        return desk(request, "chat/message.html", context, room=found.room)
    return render(request, f"chat/partials/{'_message' if is_current else '_attempt'}.html", context)


def _attempt(found: Message, number: int) -> Attempt:
    """Of a reply that was imported only the one that was shown came along. Those before it have a number all the same:
    the way through them goes on by one."""
    attempt = Attempt.objects.select_related("answered_by__user").filter(reply__message=found, number=number).first()
    if attempt is None and not (found.is_reply and 1 <= number < (found.attempt_number or 0)):
        raise Http404
    return attempt or Attempt(reply=found.reply, number=number, status=Message.Status.COMPLETE)


def _html_of(attempt: Attempt) -> str:
    return markup.render(attempt.text, mentionable(attempt.text)).html


def done(request: PersonRequest, pk: int) -> HttpResponse:
    """The room's live events show what came of it; a plain form goes back there."""
    if request.htmx:
        return HttpResponse(status=204)
    return redirect(Message.objects.select_related("room").get(pk=pk))
