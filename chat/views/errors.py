from __future__ import annotations

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What cannot be read is 400; what is only too much of it has a status of its own."""
    status = 413 if isinstance(exception, RequestDataTooBig) else 400
    return render(request, "400.html", {"is_too_large": status == 413}, status=status)


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """Signing in and up is counted per minute."""
    response = render(request, "429.html", status=429)
    response["Retry-After"] = "60"
    return response
