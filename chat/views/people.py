from __future__ import annotations

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from chat import presence
from chat.limits import spend_write
from chat.models import User
from chat.models.spelling import containing
from chat.services.rooms import direct_room
from chat.views.pages import desk
from chat.views.requests import PersonRequest, for_people

PEOPLE_PER_PAGE = 100
KINDS = [
    ("", gettext_lazy("Everybody")),
    ("here", gettext_lazy("Here now")),
    ("person", gettext_lazy("People")),
    ("assistant", gettext_lazy("Assistants")),
    ("bot", gettext_lazy("Bots")),
]


@require_GET
@for_people
def people(request: PersonRequest) -> HttpResponse:
    """Everybody one can call by name: assistants, people, bots."""
    query = request.GET.get("q", "").strip().removeprefix("@")
    kind = request.GET.get("kind", "")
    online = presence.everybody()
    page = Paginator(_listed(query, kind, online), PEOPLE_PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "query": query, "kind": kind, "kinds": KINDS, "present": online}
    return desk(request, "chat/people.html", context)


def _listed(query: str, kind: str, online: set[int]) -> QuerySet[User]:
    found = User.objects.filter(is_active=True).select_related("assistant").order_by("kind", "username")
    if query:
        found = found.filter(containing("username", query) | containing("display_name", query))
    if kind == "here":
        return found.filter(pk__in=online)
    return found.filter(kind=kind) if kind in User.Kind.values else found


@require_http_methods(["GET", "POST"])
@for_people
def person(request: PersonRequest, name: str) -> HttpResponse:
    """Who that is; POST opens the direct room with them."""
    found = get_object_or_404(User.objects.named(name).select_related("assistant"))
    if request.method == "POST":
        spend_write(request.user)
        return redirect(direct_room(by=request.user, others=[get_object_or_404(User, pk=found.pk, is_active=True)]))
    context = {"person": found, "is_here": found.pk in presence.online({found.pk})}
    return desk(request, "chat/person.html", context)
