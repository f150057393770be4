from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from chat.forms import TokenForm
from chat.limits import spend_write
from chat.models import ApiToken
from chat.services.tokens import create_token, revoke_token
from chat.views.history import number
from chat.views.requests import PersonRequest, for_people

UNSEEN = "unseen_token"  # in the session of whoever made it, until the next page


@never_cache
@require_http_methods(["GET", "POST"])
@for_people
def tokens(request: PersonRequest) -> HttpResponse:
    """One's own tokens; the page that the form for a new one leads to is the only one that ever shows its secret."""
    if request.method == "POST":
        spend_write(request.user)
    if "revoke" in request.POST:
        return _revoke(request)
    form = TokenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        _, request.session[UNSEEN] = create_token(user=request.user, name=form.cleaned_data["name"])
        return redirect("tokens")
    return _page(request, form, request.session.pop(UNSEEN, ""))


def _revoke(request: PersonRequest) -> HttpResponse:
    mine = ApiToken.objects.filter(user=request.user, revoked_at__isnull=True)
    revoke_token(token=get_object_or_404(mine, pk=number(request.POST["revoke"])), by=request.user)
    return redirect("tokens")


def _page(request: PersonRequest, form: TokenForm, secret: str) -> HttpResponse:
    alive = request.user.tokens.filter(revoked_at__isnull=True).order_by("-created_at")
    context = {"form": form, "secret": secret, "tokens": alive}
    return render(request, "chat/tokens.html", context, status=422 if form.errors else 200)
