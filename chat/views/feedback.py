from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_http_methods

from chat.limits import spend_write
from chat.models import Feedback, Message
from chat.services.feedback import MOST_WORDS, give_feedback, rated_attempt, withdraw_feedback
from chat.views.asking import sheet
from chat.views.history import number
from chat.views.replies import done
from chat.views.requests import PersonRequest, for_people

RATINGS = {"1": Feedback.Rating.UP, "-1": Feedback.Rating.DOWN}


@require_http_methods(["GET", "POST"])
@for_people
def message_feedback(request: PersonRequest, pk: int) -> HttpResponse:
    """What one thinks of a reply, and has said of it before."""
    found = get_object_or_404(Message.objects.visible_to(request.user).whole(), pk=pk)
    if request.method == "POST":
        return _say(request, found)
    attempt = rated_attempt(message=found, by=request.user, number=number(request.GET.get("attempt")))
    given = Feedback.objects.filter(attempt=attempt, user=request.user).first()
    rating = RATINGS.get(request.GET.get("rating", ""), given.rating if given else None)
    context = {"message": found, "attempt": attempt, "given": given, "rating": rating, "most_words": MOST_WORDS}
    return sheet(request, "feedback", context)


def _say(request: PersonRequest, found: Message) -> HttpResponse:
    spend_write(request.user)
    which = number(request.POST.get("attempt"))
    if "withdraw" in request.POST:
        withdraw_feedback(message=found, by=request.user, number=which)
    else:
        rating = RATINGS.get(request.POST.get("rating", ""), 0)
        give_feedback(message=found, by=request.user, rating=rating, words=request.POST.get("words", ""), number=which)
    return done(request, found.pk)
