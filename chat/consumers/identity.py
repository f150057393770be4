"""Who sends an HTTP request that Django's own handlers do not see. All of it blocks."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.translation import gettext as _

from chat.access import Identity, SignedOut, identify
from chat.consumers.handshake import credentials_of
from chat.exceptions import CsrfRefused, NotSignedIn
from chat.limits import spend_anonymous_request

SAFE_METHODS = ("GET", "HEAD")


def who_asks(scope: dict[str, Any], *, bearer_only: bool = False) -> Identity:
    """The person of the bearer token, or of the session; a session that writes needs the CSRF token, too.

    :raises NotSignedIn: :raises CsrfRefused: :raises RateLimited: a stranger asks too often.
    """
    credentials = credentials_of(scope)
    try:
        if bearer_only and not credentials.bearer:
            raise SignedOut
        someone = identify(credentials)
    except SignedOut:
        raise stranger(scope) from None
    if someone.token is None and scope["method"] not in SAFE_METHODS:
        _require_csrf(scope)
    return someone


def stranger(scope: dict[str, Any]) -> NotSignedIn:
    """:raises RateLimited: they ask too often."""
    spend_anonymous_request(str((scope.get("client") or [""])[0]))
    return NotSignedIn(_("This token is not known, or it was revoked.") if credentials_of(scope).bearer else "")


def _require_csrf(scope: dict[str, Any]) -> None:
    """As Django does it for a view: origin, referer and token. Without its kind nothing takes the body for a form."""
    headers = [(name, value) for name, value in scope["headers"] if name != b"content-type"]
    request = ASGIRequest({**scope, "headers": headers}, BytesIO())
    middleware = CsrfViewMiddleware(_nothing)
    middleware.process_request(request)
    if middleware.process_view(request, _nothing, (), {}) is not None:
        raise CsrfRefused


def _nothing(request: HttpRequest) -> HttpResponse:
    return HttpResponse()
