"""Daphne as we run it: our limits, clean refusals of what is too large, and an orderly end."""

from __future__ import annotations

# Twisted's reactor is chosen by the first import of this module: it stays first.
from daphne.server import Server  # isort: skip

import asyncio
import gc
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from daphne.endpoints import build_endpoint_description_strings
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol
from twisted.internet import defer, reactor

MESSAGE_LIMIT_BYTES = 256 * 1024
BACKLOG = 2048  # Daphne's 50 lets a thousand simultaneous connects wait for half a minute
THREADS = 16
DRAIN_SECONDS = 8


class ChatProtocol(WebSocketProtocol):
    """Closes with a reason where the application gives one, which the stock protocol drops."""

    def handle_reply(self, message: dict[str, Any]) -> None:
        if message["type"] == "websocket.close" and message.get("reason") and self.state != self.STATE_CONNECTING:
            self.sendClose(code=message.get("code", 1000), reason=message["reason"])
        else:
            super().handle_reply(message)


class ChatServer(Server):
    """``start`` is called in the loop before anybody comes, ``ready`` when the port is open, and ``drain`` is awaited
    before the sockets are closed."""

    def __init__(
        self,
        application: Any,
        *,
        host: str,
        port: int,
        start: Callable[[], None],
        ready: Callable[[], None],
        drain: Callable[[], Coroutine[Any, Any, None]],
    ) -> None:
        endpoints = build_endpoint_description_strings(host=host, port=port)
        super().__init__(
            application,
            endpoints=[f"{endpoint}:backlog={BACKLOG}" for endpoint in endpoints],
            websocket_max_message_size=MESSAGE_LIMIT_BYTES,
            websocket_max_frame_size=MESSAGE_LIMIT_BYTES,
            ready_callable=self._get_ready,
            websocket_timeout=-1,
            verbosity=0,
            server_name="",
        )
        self._start, self._ready, self._drain = start, ready, drain
        self.failure = ""

    def run(self) -> None:
        WebSocketFactory.protocol = ChatProtocol
        super().run()

    def listen_success(self, port: Any) -> None:
        super().listen_success(port)
        self._ready()

    def listen_error(self, failure: Any) -> None:
        self.failure = failure.getErrorMessage()
        super().listen_error(failure)

    def _get_ready(self) -> None:
        """Just before the reactor runs."""
        # Over its limit autobahn else cuts the line without a word, and the client would send the same again.
        self.ws_factory.setProtocolOptions(failByDrop=False)
        loop = asyncio.get_event_loop()
        loop.set_default_executor(ThreadPoolExecutor(THREADS, "database"))
        loop.call_soon(self._start)
        reactor.addSystemEventTrigger("before", "shutdown", self._drain_first)  # type: ignore[arg-type]
        calm_the_collector()

    def _drain_first(self) -> defer.Deferred[Any]:
        drained = asyncio.ensure_future(asyncio.wait_for(self._drain(), DRAIN_SECONDS))
        return defer.Deferred.fromFuture(drained).addErrback(lambda _: None)


def calm_the_collector() -> None:
    """A full collection stops everything for 75 to 140 ms at 1000 connections: make it rare, leave out what stays."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)
