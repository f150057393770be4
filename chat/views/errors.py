from __future__ import annotations

import sys

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views import defaults

from chat.exceptions import DiskFull


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What cannot be read is 400; what is only too much of it has a status of its own."""
    status = 413 if isinstance(exception, RequestDataTooBig) else 400
    return render(request, "400.html", {"is_too_large": status == 413}, status=status)


def server_error(request: HttpRequest) -> HttpResponse:
    """A form is read before any view sees it: if there is no room for its files, that is said here."""
    if not DiskFull.is_meant_by(sys.exc_info()[1]):
        return defaults.server_error(request)
    error = DiskFull()
    if request.headers.get("HX-Request"):
        return HttpResponse(error.detail, status=error.status, content_type="text/plain; charset=utf-8")
    return render(request, "refused.html", {"error": error}, status=error.status)


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """Signing in and up is counted per minute."""
    response = render(request, "429.html", status=429)
    response["Retry-After"] = "60"
    return response
