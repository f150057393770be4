"""Servers without a lifespan, Daphne among them, start what runs beside requests with the first of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

from asgiref.typing import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, Scope

from chat.hub import current_hub
from chat.replies.worker import ensure_worker


def start_beside_requests() -> None:
    """The hub and the reply worker of the running loop. Again is nothing."""
    current_hub()
    ensure_worker()


class Starting:
    def __init__(self, app: ASGI3Application) -> None:
        self.app = app
        self._started: asyncio.AbstractEventLoop | None = None

    def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> Awaitable[None]:
        loop = asyncio.get_running_loop()
        if loop is not self._started:
            self._started = loop
            start_beside_requests()
        return self.app(scope, receive, send)
