"""Whom a request is from, and what they are told when something is refused."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django_htmx.middleware import HtmxDetails

from chat.exceptions import BadRequest, ChatError, NotAMember, RateLimited
from chat.models import User

P = ParamSpec("P")


class PersonRequest(HttpRequest):
    """A request of somebody who is signed in."""

    user: User
    htmx: HtmxDetails


PersonView = Callable[Concatenate[PersonRequest, P], HttpResponse]
View = Callable[Concatenate[HttpRequest, P], HttpResponse]

LONGEST_WAY_BACK = 4_000  # characters; written into an address, each takes up to three, and Django sends nobody further


def for_people(view: PersonView[P]) -> View[P]:
    """Only for those who are signed in; what a service refuses becomes an answer with its sentence and status."""

    @wraps(view)
    def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        person = cast(PersonRequest, request)
        if not request.user.is_authenticated:
            return _to_sign_in(person)
        try:
            _require_sound(person)
            response = view(person, *args, **kwargs)
        except ChatError as error:
            response = refusal(person, error)
        patch_vary_headers(response, ["HX-Request"])  # a fragment is not to stand where a browser goes back to a page
        return response

    return answer


def _require_sound(request: HttpRequest) -> None:
    """No browser sends a zero byte, and PostgreSQL refuses to be asked for one. (Addresses: ``chat.middleware``.)

    What is said is cleaned instead, as over sockets: it may have been pasted.

    :raises BadRequest:
    """
    if any("\0" in value for name, values in request.POST.lists() if name != "text" for value in values):
        raise BadRequest(_("There is a character in it that nothing can keep."))


def refusal(request: PersonRequest, error: ChatError) -> HttpResponse:
    """A fragment's asker gets the sentence alone, a browser a page. Absent and forbidden to see are the same page; who
    sees a public room, and does there what members do, is told just that."""
    response: HttpResponse
    if request.htmx:
        response = HttpResponse(error.detail, status=error.status, content_type="text/plain; charset=utf-8")
    elif error.status == 404 and not isinstance(error, NotAMember):
        raise Http404(error.detail) from error
    else:
        response = render(request, "refused.html", {"error": error}, status=error.status)
    return with_reason(response, error)


def with_reason(response: HttpResponse, error: ChatError) -> HttpResponse:
    response["X-Error-Code"] = error.code
    if isinstance(error, RateLimited):
        response["Retry-After"] = str(error.retry_after)
    return response


def _to_sign_in(request: PersonRequest) -> HttpResponse:
    """A followed redirect would put the sign-in page into the middle of a room: a fragment's asker goes there."""
    way_back = _way_back(request)
    sign_in = redirect_to_login(way_back if len(way_back) <= LONGEST_WAY_BACK else resolve_url("home"))
    return HttpResponse(status=401, headers={"HX-Redirect": sign_in.url}) if request.htmx else sign_in


def _way_back(request: PersonRequest) -> str:
    """Where they go on once they are signed in. What was posted to is no page: the one that it was pressed on is. So is
    a fragment: the page that asked for it."""
    if request.htmx:
        return request.htmx.current_url_abs_path or resolve_url("home")
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    pressed_on = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(pressed_on, {request.get_host()}, require_https=request.is_secure()):
        return resolve_url("home")
    return urlsplit(pressed_on)._replace(scheme="", netloc="", fragment="").geturl() or resolve_url("home")
