from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from chat.forms import TokenForm
from chat.limits import spend_write
from chat.models import ApiToken
from chat.services.tokens import create_token, revoke_token
from chat.views.history import number
from chat.views.requests import PersonRequest, for_people

UNSEEN, UNSEEN_SECONDS = "unseen_token", 60  # a cookie: a session is a row, and the secret is to stand in none


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
        _, secret = create_token(user=request.user, name=form.cleaned_data["name"])
        return _keep_until_seen(redirect("tokens"), secret)
    response = _page(request, form, request.COOKIES.get(UNSEEN, ""))
    response.delete_cookie(UNSEEN, path=reverse("tokens"))
    return response


def _keep_until_seen(response: HttpResponse, secret: str) -> HttpResponse:
    """The page that is asked for next shows it, and a reload of that makes no other."""
    response.set_cookie(
        UNSEEN,
        secret,
        max_age=UNSEEN_SECONDS,
        path=reverse("tokens"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )
    return response


def _revoke(request: PersonRequest) -> HttpResponse:
    mine = ApiToken.objects.filter(user=request.user, revoked_at__isnull=True)
    revoke_token(token=get_object_or_404(mine, pk=number(request.POST["revoke"])), by=request.user)
    return redirect("tokens")


def _page(request: PersonRequest, form: TokenForm, secret: str) -> HttpResponse:
    alive = request.user.tokens.filter(revoked_at__isnull=True).order_by("-created_at")
    context = {"form": form, "secret": secret, "tokens": alive}
    return render(request, "chat/tokens.html", context, status=422 if form.errors else 200)
