"""Who knocks: an ``Origin`` for browsers, a bearer token for programs."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import parse_cookie
from django.http.request import split_domain_port, validate_host

from chat.access import Credentials

HTTP_SCHEMES = {"ws": "http", "wss": "https", "http": "http", "https": "https"}


def header(scope: dict[str, Any], name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


def credentials_of(scope: dict[str, Any]) -> Credentials:
    """A bearer token wins: then neither the cookie nor the origin is looked at."""
    scheme, _, secret = header(scope, b"authorization").partition(" ")
    if scheme.lower() == "bearer" and secret.strip():
        return Credentials(bearer=secret.strip())
    return Credentials(session_key=_session_key(header(scope, b"cookie")))


def is_own_origin(scope: dict[str, Any]) -> bool:
    """The page that opens a socket with a cookie must be one of ours: same scheme, host and port, or ``SITE_URL``."""
    origin = header(scope, b"origin").rstrip("/").lower()
    if not origin or origin == "null":
        return False
    if origin == settings.SITE_URL.rstrip("/").lower():
        return True
    host = header(scope, b"host").lower()
    if not validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS):
        return False
    scheme = HTTP_SCHEMES[scope.get("scheme") or "ws"]
    return _endpoint(origin) == _endpoint(f"{scheme}://{host}")


def _endpoint(address: str) -> tuple[str, str | None, int | None]:
    """Scheme, host and port, the port also where it is only meant."""
    try:
        parts = urlsplit(address)
        return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return "", None, None


def _session_key(cookies: str) -> str:
    """Read as Django reads it: what others of this host have set may be anything, and hides nothing behind it."""
    key = parse_cookie(cookies).get(settings.SESSION_COOKIE_NAME, "")
    return key if key.isprintable() else ""  # PostgreSQL would take no NUL
