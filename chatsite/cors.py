"""Lets the pages of named other sites use the JSON API, with a bearer token.

An ASGI wrapper and not a Django middleware, because the streaming parts of the API are not Django views.
Cookies stay out of it: `Access-Control-Allow-Credentials` is never sent.
"""

from __future__ import annotations

from collections.abc import Iterable

from asgiref.typing import (
    ASGI3Application,
    ASGIReceiveCallable,
    ASGISendCallable,
    ASGISendEvent,
    HTTPResponseBodyEvent,
    HTTPResponseStartEvent,
    HTTPScope,
    Scope,
)

PATHS = ("/api/", "/v1/")
VARY = (b"vary", b"Origin")
# What clients go by that try again, or ask us about an answer; and what a room's file is called.
EXPOSED = b"Retry-After, X-Should-Retry, X-Request-ID, Content-Disposition"
PREFLIGHT = [
    (b"access-control-allow-methods", b"GET, POST, PATCH, DELETE"),
    (b"access-control-allow-headers", b"Authorization, Content-Type, Last-Event-ID, *"),
    (b"access-control-max-age", b"600"),
]


class CrossOrigin:
    """Adds the CORS headers under these paths, for the origins named; answers their preflight requests itself."""

    def __init__(self, app: ASGI3Application, origins: Iterable[str], paths: tuple[str, ...] = PATHS) -> None:
        self.app = app
        self.origins = frozenset(origin.encode() for origin in origins)
        self.paths = paths

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        if not self.origins or scope["type"] != "http" or not scope["path"].startswith(self.paths):
            await self.app(scope, receive, send)
            return
        allowed = self._allowed(scope)
        if allowed and _is_preflight(scope):
            await _answer_preflight(send, allowed)
            return
        await self.app(scope, receive, _adding([*allowed, VARY], send))

    def _allowed(self, scope: HTTPScope) -> list[tuple[bytes, bytes]]:
        origin = dict(scope["headers"]).get(b"origin", b"")
        if origin not in self.origins:
            return []
        return [(b"access-control-allow-origin", origin), (b"access-control-expose-headers", EXPOSED)]


def _is_preflight(scope: HTTPScope) -> bool:
    return scope["method"] == "OPTIONS" and b"access-control-request-method" in dict(scope["headers"])


async def _answer_preflight(send: ASGISendCallable, allowed: list[tuple[bytes, bytes]]) -> None:
    headers = [*allowed, *PREFLIGHT, VARY]
    await send(HTTPResponseStartEvent(type="http.response.start", status=204, headers=headers, trailers=False))
    await send(HTTPResponseBodyEvent(type="http.response.body", body=b"", more_body=False))


def _adding(headers: list[tuple[bytes, bytes]], send: ASGISendCallable) -> ASGISendCallable:
    async def send_with_headers(event: ASGISendEvent) -> None:
        if event["type"] == "http.response.start":
            event = {**event, "headers": [*event["headers"], *headers]}
        await send(event)

    return send_with_headers
