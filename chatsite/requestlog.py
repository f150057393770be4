"""One line for each request and socket, under a number of its own that every other line of it carries, and the answer.

A line says what was asked by the pattern of its address, never by the address: that may hold a key.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterable
from typing import Any, cast

import structlog
from asgiref.typing import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, Scope

from chat import logcontext

log = structlog.get_logger(__name__)

HEADER = b"x-request-id"
GIVEN = re.compile(rb"[A-Za-z0-9._-]{8,64}")
# Asked too often to be told each time.
QUIET = ("/static/", "/assets/", "/me.css", "/words.js", "/healthz", "/readyz", "/metrics")


class RequestLog:
    """Outside of everything else, but inside of who is believed: an id from elsewhere is kept if a proxy sent it."""

    def __init__(self, app: ASGI3Application) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        line = Line(cast(dict[str, Any], scope), send)
        bound = structlog.contextvars.bind_contextvars(request=line.request_id)
        try:
            await self.app(scope, receive, line.send)
        finally:
            line.write()
            structlog.contextvars.reset_contextvars(**bound)


class Line:
    __slots__ = ("_begun", "_facts", "_scope", "_send", "_status", "request_id")

    def __init__(self, scope: dict[str, Any], send: ASGISendCallable) -> None:
        self.request_id = given_id(scope["headers"]) if scope.get("chat.trusted") else ""
        self.request_id = self.request_id or _new_id()
        self._scope, self._send = scope, send
        self._begun = time.monotonic()
        self._facts = logcontext.begin()
        self._status = 0

    async def send(self, event: Any) -> None:
        match event["type"]:
            case "http.response.start" | "websocket.accept":
                self._status = event.get("status", 101)
                event = self._with_request_id(event)
            case "websocket.close":
                self._facts["code"] = event.get("code", 1000)
                if not self._status:
                    self._status = 403
                    event = self._with_request_id(event)
        await self._send(event)

    def _with_request_id(self, event: Any) -> Any:
        return {**event, "headers": [*event.get("headers", ()), (HEADER, self.request_id.encode())]}

    def write(self) -> None:
        is_http = self._scope["type"] == "http"
        say = log.debug if self._scope["path"].startswith(QUIET) else log.info
        say(
            "request" if is_http else "socket",
            method=self._scope.get("method", "GET"),
            status=self._status or None,  # None: nobody was there any more to be answered
            ms=round((time.monotonic() - self._begun) * 1000, 1),
            **self._facts,
        )


def _new_id() -> str:
    """A name, not a secret. Who asks the kernel for it gives the interpreter away, and waits for all threads' turns."""
    return f"{random.getrandbits(128):032x}"


def given_id(headers: Iterable[tuple[bytes, bytes]]) -> str:
    value = next((value for name, value in headers if name.lower() == HEADER), b"")
    return value.decode() if GIVEN.fullmatch(value) else ""
