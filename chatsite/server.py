"""Daphne as we run it: our limits, clean refusals of what is too large, and an orderly end."""

from __future__ import annotations

# Twisted's reactor is chosen by the first import of this module: it stays first.
from daphne.server import Server  # isort: skip

import asyncio
import gc
import sys
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from daphne import http_protocol
from daphne.endpoints import build_endpoint_description_strings
from daphne.ws_protocol import WebSocketFactory
from twisted.internet import defer, tcp
from twisted.web import http

from chatsite.backpressure import until_taken
from chatsite.bodies import BoundedRequest, InPieces, set_body_apart
from chatsite.ending import end_in_order
from chatsite.inbox import Inbox
from chatsite.patience import PatientChannel
from chatsite.protocol import ChatProtocol
from chatsite.resets import Connection
from chatsite.threads import database_threads

MESSAGE_LIMIT_BYTES = 256 * 1024
BACKLOG = 2048  # Daphne's 50 lets a thousand simultaneous connects wait for half a minute
CLOSING_SECONDS = 5.0  # autobahn's one is short for who has much to read before the close
HANDSHAKE_SECONDS = 30  # everybody comes back at once after a restart, and Daphne's 5 turn the last ones away
SWITCH_SECONDS = 0.0005  # Python's 0.005 is what the loop may wait behind a database thread after each system call


class ChatServer(Server):
    """``start`` is called in the loop before anybody comes, ``ready`` when the port is open; ``drain`` is awaited while
    the server ends, and ``last_words`` when nothing runs any more."""

    def __init__(
        self,
        application: Any,
        *,
        host: str,
        port: int,
        start: Callable[[], None],
        ready: Callable[[], None],
        drain: Callable[[], Coroutine[Any, Any, None]],
        last_words: Callable[[], Coroutine[Any, Any, None]],
    ) -> None:
        endpoints = build_endpoint_description_strings(host=host, port=port)
        super().__init__(
            InPieces(application),
            endpoints=[f"{endpoint}:backlog={BACKLOG}" for endpoint in endpoints],
            websocket_max_message_size=MESSAGE_LIMIT_BYTES,
            websocket_max_frame_size=MESSAGE_LIMIT_BYTES,
            ready_callable=self._get_ready,
            websocket_timeout=-1,
            websocket_handshake_timeout=HANDSHAKE_SECONDS,
            websocket_connect_timeout=HANDSHAKE_SECONDS,
            verbosity=0,
            server_name="",
        )
        self._start, self._ready, self._drain, self._last_words = start, ready, drain, last_words
        self.failure = ""
        self.ports: list[Any] = []
        self.is_ending = False

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        if isinstance(protocol, ChatProtocol):
            return self._run_for(protocol, scope)
        set_body_apart(protocol, scope)
        return super().create_application(protocol, scope)

    def _run_for(self, protocol: ChatProtocol, scope: dict[str, Any]) -> Inbox | None:
        """As Daphne does it, with less to keep for a socket that only listens."""
        if protocol not in self.connections:
            return None
        inbox = Inbox()
        scope |= {"asgi": {"version": "3.0"}, "extensions": {"chat.writer": protocol.writer}}
        run = self.application(scope=scope, receive=inbox.get, send=partial(self.handle_reply, protocol))
        self.connections[protocol]["application_instance"] = asyncio.ensure_future(run)
        return inbox

    def run(self) -> None:
        WebSocketFactory.protocol = ChatProtocol
        http_protocol.WebRequest = BoundedRequest
        http.HTTPChannel = PatientChannel  # type: ignore[misc]
        tcp.Port.transport = Connection
        super().run()

    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        if self.is_ending and message["type"] == "http.response.start":
            self._answer_for_the_last_time(protocol, message)
        await super().handle_reply(protocol, message)
        if message["type"] == "http.response.body" and message.get("more_body"):
            await until_taken(protocol)

    def listen_success(self, port: Any) -> None:
        super().listen_success(port)
        self.ports.append(port)
        self._ready()

    def listen_error(self, failure: Any) -> None:
        self.failure = failure.getErrorMessage()
        super().listen_error(failure)

    def _get_ready(self) -> None:
        """Just before the reactor runs."""
        # Over its limit autobahn else cuts the line without a word, and the client would send the same again.
        self.ws_factory.setProtocolOptions(
            failByDrop=False, allowNullOrigin=True, closeHandshakeTimeout=CLOSING_SECONDS
        )
        ChatProtocol.take_options(self.ws_factory)
        loop = asyncio.get_event_loop()
        database_threads.start(loop)
        loop.call_soon(self._start)
        calm_the_collector()
        sys.setswitchinterval(SWITCH_SECONDS)

    def kill_all_applications(self) -> defer.Deferred[Any]:
        """At SIGTERM the reactor waits for this; Daphne's own cuts everything off."""
        self.is_ending = True
        return defer.Deferred.fromFuture(asyncio.ensure_future(end_in_order(self, self._drain(), self._last_words)))

    @staticmethod
    def _answer_for_the_last_time(protocol: Any, message: dict[str, Any]) -> None:
        """A proxy must not ask again by this connection."""
        if protocol.channel is not None:
            protocol.channel.persistent = False
        message["headers"] = [*message.get("headers", ()), (b"Connection", b"close")]


def calm_the_collector() -> None:
    """A full collection stops everything for 75 to 140 ms at 1000 connections: make it rare, leave out what stays.

    What was loaded is not collected before: two objects of a hundred are garbage, which is 1 MB, for 0.1 s.
    """
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)
    gc.enable()
