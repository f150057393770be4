from __future__ import annotations

import sys

from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views import defaults

from chat.database import AWAY
from chat.exceptions import (
    BadRequest,
    ChatError,
    CsrfRefused,
    DiskFull,
    NotAllowed,
    NotFound,
    RateLimited,
    TooLarge,
    Unavailable,
)
from chat.services.attachments import too_many_files
from chat.views.requests import with_reason


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What cannot be read is 400; what is only too much of it has a status of its own."""
    if isinstance(exception, TooManyFilesSent):
        return _refused(request, too_many_files())
    is_too_large = isinstance(exception, RequestDataTooBig)
    error = TooLarge() if is_too_large else BadRequest(_("The request was not complete."))
    return _refused(request, error, "400.html")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Absent and not theirs look the same, to people and to programs."""
    error = exception.__cause__ if isinstance(exception.__cause__, ChatError) else NotFound()
    if request.headers.get("HX-Request"):
        response = HttpResponse(error.detail, status=404, content_type="text/plain; charset=utf-8")
    else:
        response = render(request, "404.html", status=404)
    return with_reason(response, error)


def server_error(request: HttpRequest) -> HttpResponse:
    """What broke before any view, too: a form is read there, and who it is from."""
    broken = sys.exc_info()[1]
    if isinstance(broken, AWAY):
        return _unavailable(request)
    if isinstance(broken, Unavailable):  # in a page of allauth's: no view of ours is around it
        return _refused(request, broken)
    return _refused(request, DiskFull()) if DiskFull.is_meant_by(broken) else defaults.server_error(request)


def old_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Whoever signs in has a new token: a page that is older is told to load itself anew.

    Not where another origin, or no cookie, is the reason: it would do so again and again.
    """
    words = _(
        "It was not sent from a page of this site, or the page was open for too long. "
        "Go back, load the page again, and send it once more."
    )
    response = _refused(request, CsrfRefused(words), "403_csrf.html")
    if request.headers.get("HX-Request") and reason.startswith("CSRF token"):
        response["HX-Refresh"] = "true"
    return response


def not_allowed(request: HttpRequest, refused: HttpResponseNotAllowed) -> HttpResponse:
    response = _refused(request, NotAllowed())
    response["Allow"] = refused["Allow"]
    return response


def _unavailable(request: HttpRequest) -> HttpResponse:
    """Drawn for nobody in particular: the database would have to say who it is."""
    error = Unavailable()
    if request.path.startswith("/api/"):
        response: HttpResponse = JsonResponse({"code": error.code, "detail": error.detail}, status=error.status)
    elif request.headers.get("HX-Request"):
        response = HttpResponse(error.detail, status=error.status, content_type="text/plain; charset=utf-8")
    else:
        response = HttpResponse(render_to_string("refused.html", {"error": error}), status=error.status)
    return with_reason(response, error)


def _refused(request: HttpRequest, error: ChatError, page: str = "refused.html") -> HttpResponse:
    if request.headers.get("HX-Request"):
        response = HttpResponse(error.detail, status=error.status, content_type="text/plain; charset=utf-8")
    else:
        response = render(request, page, {"error": error}, status=error.status)
    return with_reason(response, error)


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """Signing in and up is counted per minute."""
    return with_reason(render(request, "429.html", status=429), RateLimited(60))
