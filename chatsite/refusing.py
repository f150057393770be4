"""What the server refuses before anybody is asked (a body that is too long, a disk that is full), answered like all
else: with a number of its own, a line in the log, and readable by those sites that may read the API."""

from __future__ import annotations

import json
from collections.abc import Awaitable
from typing import Any

from asgiref.typing import (
    ASGI3Application,
    ASGIReceiveCallable,
    ASGISendCallable,
    HTTPResponseBodyEvent,
    HTTPResponseStartEvent,
    Scope,
)

from chat.consumers.front.refusals import envelope
from chat.exceptions import ChatError, DiskFull

REFUSAL = "chat.refusal"  # in the scope's extensions
FRONT = "/v1/"
FOR_PROGRAMS = ("/api/", FRONT)


class Refusing:
    """Around the application, and within all that holds for every answer."""

    def __init__(self, app: ASGI3Application) -> None:
        self.app = app

    def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> Awaitable[None]:
        about: Any = scope
        error = (about.get("extensions") or {}).get(REFUSAL)
        if error is not None:
            return _refuse(about["path"], error, send)
        return (self._copied if about.get("method") == "POST" else self.app)(scope, receive, send)

    async def _copied(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        """Django copies what comes to the disk once more, before it has anything it could answer with."""
        try:
            await self.app(scope, receive, send)
        except OSError as error:
            if not DiskFull.is_meant_by(error):
                raise
            about: Any = scope
            await _refuse(about["path"], DiskFull(), send)


async def _refuse(path: str, error: ChatError, send: ASGISendCallable) -> None:
    """As the application would."""
    kind, body = b"text/plain; charset=utf-8", error.detail
    if path.startswith(FOR_PROGRAMS):
        said = envelope(error) if path.startswith(FRONT) else {"code": error.code, "detail": error.detail}
        kind, body = b"application/json", json.dumps(said)
    headers = [(b"Content-Type", kind), (b"X-Error-Code", error.code.encode())]
    start = HTTPResponseStartEvent(type="http.response.start", status=error.status, headers=headers, trailers=False)
    await send(start)
    await send(HTTPResponseBodyEvent(type="http.response.body", body=body.encode(), more_body=False))
