from __future__ import annotations

from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_http_methods

from chat.exceptions import ChatError
from chat.limits import spend_write
from chat.models import Feedback, Message
from chat.services.feedback import give_feedback, rated_attempt, withdraw_feedback
from chat.views.asking import sheet
from chat.views.history import number
from chat.views.replies import done
from chat.views.requests import PersonRequest, for_people, with_reason

RATINGS = {"1": Feedback.Rating.UP, "-1": Feedback.Rating.DOWN}


@require_http_methods(["GET", "POST"])
@for_people
def message_feedback(request: PersonRequest, pk: int) -> HttpResponse:
    """What one thinks of a reply, and has said of it before."""
    found = get_object_or_404(Message.objects.visible_to(request.user).whole(), pk=pk)
    if request.method == "POST":
        return _say(request, found)
    return _asked(request, found, request.GET)


def _asked(request: PersonRequest, found: Message, said: QueryDict, error: ChatError | None = None) -> HttpResponse:
    """With what was said already, if it was refused."""
    attempt = rated_attempt(message=found, by=request.user, number=number(said.get("attempt")))
    given = Feedback.objects.filter(attempt=attempt, user=request.user).first()
    context = {
        "message": found,
        "attempt": attempt,
        "given": given,
        "rating": RATINGS.get(said.get("rating", ""), given.rating if given else None),
        "words": said.get("words", given.words if given else ""),
        "error": error,
    }
    return sheet(request, "feedback", context)


def _say(request: PersonRequest, found: Message) -> HttpResponse:
    try:
        spend_write(request.user)
        _give(request, found)
    except ChatError as error:
        if request.htmx or error.status == 404:
            raise
        response = _asked(request, found, request.POST, error)
        response.status_code = error.status
        return with_reason(response, error)
    return done(request, found.pk)


def _give(request: PersonRequest, found: Message) -> None:
    which = number(request.POST.get("attempt"))
    if "withdraw" in request.POST:
        withdraw_feedback(message=found, by=request.user, number=which)
    else:
        rating = RATINGS.get(request.POST.get("rating", ""), 0)
        give_feedback(message=found, by=request.user, rating=rating, words=request.POST.get("words", ""), number=which)
