"""What one has asked of assistants this month, and how much of it there may be."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from chat.models.usage import Scope
from chat.usage.plots import Series, plot
from chat.usage.reports import Span, Sums, of_person_by_assistant, per_day, standings, total
from chat.views.requests import PersonRequest, for_people


@require_GET
@for_people
def usage(request: PersonRequest) -> HttpResponse:
    today = timezone.now().date()
    span = Span(today.replace(day=1), today)
    days = per_day(Scope.PERSON, span, request.user.pk)
    assistants = of_person_by_assistant(request.user, span)
    context = {
        "month": today,
        "standings": standings(request.user),
        "assistants": assistants,
        "total": total(assistants),
        "days": [(day, days[day]) for day in reversed(span.days) if days.get(day, Sums()).requests],
        "plot": plot(span.days, [Series("", None, days)], "tokens") if any(days.values()) else None,
    }
    return render(request, "chat/usage.html", context)
