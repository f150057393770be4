"""Daphne as we run it: our limits, clean refusals of what is too large, and an orderly end."""

from __future__ import annotations

# Twisted's reactor is chosen by the first import of this module: it stays first.
from daphne.server import Server  # isort: skip

import asyncio
import gc
import sys
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar

from autobahn.websocket.types import ConnectionDeny
from daphne import http_protocol
from daphne.endpoints import build_endpoint_description_strings
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol
from django.db import connection
from twisted.internet import defer, tcp

from chat import metrics
from chatsite.backpressure import until_taken
from chatsite.bodies import BoundedRequest, InPieces, set_body_apart
from chatsite.ending import end_in_order
from chatsite.tidying import Tidying

MESSAGE_LIMIT_BYTES = 256 * 1024
WAITING_LIMIT_BYTES = 1024 * 1024
PASSING_LIMIT_BYTES = 64 * 1024  # with more waiting before it, a reader is not told what matters for a moment only
BACKLOG = 2048  # Daphne's 50 lets a thousand simultaneous connects wait for half a minute
HANDSHAKE_SECONDS = 30  # everybody comes back at once after a restart, and Daphne's 5 turn the last ones away
THREADS = 16
SWITCH_SECONDS = 0.0005  # Python's 0.005 is what the loop may wait behind a database thread after each system call


class ChatProtocol(WebSocketProtocol):
    """Text goes to the kernel at once while nothing waits before it; closes carry the reason the application gives.

    Twisted's buffered write costs two ``epoll_ctl`` and a turn of the loop for each frame and reader. It is used for
    what the kernel does not take, and a reader who leaves more than ``WAITING_LIMIT_BYTES`` there is let go: Daphne
    alone would keep everything for a dead one.
    """

    _tidying: ClassVar[Tidying] = Tidying()
    _last_texts: ClassVar[Sequence[str]] = ()
    _last_frames: ClassVar[bytes] = b""

    def onConnect(self, request: Any) -> Any:  # noqa: N802 - autobahn's
        server = self.factory.server_class
        if server.is_ending:
            self._refuse_new(server, request)
        return super().onConnect(request)

    def _refuse_new(self, server: ChatServer, request: Any) -> None:
        """With a status by which a proxy asks another process. Daphne's own close needs what is set here."""
        self.server, self.request, self.client_addr = server, request, None
        server.protocol_connected(self)
        raise ConnectionDeny(503, "Service Unavailable")  # type: ignore[no-untyped-call]

    def write_texts(self, texts: Sequence[str], *, is_passing: bool = False) -> None:
        """Each a frame of its own, all of them in one write."""
        if self.state != self.STATE_OPEN or (is_passing and self._waiting_bytes > PASSING_LIMIT_BYTES):
            return
        if self._perMessageCompress is None and self._is_plain:
            self._write(self._frames_of(texts))
        else:
            for text in texts:
                super().serverSend(text)

    def serverSend(self, content: Any, binary: bool = False) -> None:  # noqa: N802 - autobahn's
        if binary or self.state != self.STATE_OPEN:
            super().serverSend(content, binary)
        else:
            self.write_texts((content,))

    @classmethod
    def _frames_of(cls, texts: Sequence[str]) -> bytes:
        """The hub sends the same texts to many readers in a row: they are made into frames once."""
        if cls._last_texts is not texts:
            cls._last_texts, cls._last_frames = texts, b"".join(map(text_frame, texts))
        return cls._last_frames

    def connectionLost(self, reason: Any) -> None:  # noqa: N802 - twisted's
        super().connectionLost(reason)
        self._tidying.one_left()

    def makeConnection(self, transport: Any) -> None:  # noqa: N802 - twisted's
        super().makeConnection(transport)
        self._is_plain = isinstance(transport, tcp.Server) and not transport.TLS

    @property
    def _waiting_bytes(self) -> int:
        return len(self.transport.dataBuffer) + self.transport._tempDataLen if self._is_plain else 0

    def _write(self, data: bytes) -> None:
        transport, waiting = self.transport, self._waiting_bytes
        if waiting > WAITING_LIMIT_BYTES:
            metrics.DROPPED_READERS.add()
            transport.abortConnection()
        elif waiting or self.send_queue:
            transport.write(data)
        else:
            self._write_now(data)

    def _write_now(self, data: bytes) -> None:
        try:
            sent = self.transport.socket.send(data)
        except OSError:
            sent = 0  # full, or gone: Twisted finds out which, waits for the one and reports the other
        if sent != len(data):
            self.transport.write(data[sent:])

    def handle_reply(self, message: dict[str, Any]) -> None:
        if message["type"] == "websocket.close" and self.state != self.STATE_CONNECTING:
            self.close_with(message.get("code") or 1000, message.get("reason") or "")
        else:
            super().handle_reply(message)

    def close_with(self, code: int, reason: str) -> None:
        """Any code: autobahn's own ``sendClose`` knows none of those that were registered later (1012, 1013)."""
        self.sendCloseFrame(code=code, reasonUtf8=reason.encode(), isReply=False)


def text_frame(content: str) -> bytes:
    """A whole text message as one unmasked frame (RFC 6455, 5.2)."""
    body = content.encode()
    size = len(body)
    if size < 126:
        return b"\x81" + bytes((size,)) + body
    if size < 65536:
        return b"\x81\x7e" + size.to_bytes(2, "big") + body
    return b"\x81\x7f" + size.to_bytes(8, "big") + body


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
            verbosity=0,
            server_name="",
        )
        self._start, self._ready, self._drain, self._last_words = start, ready, drain, last_words
        self.failure = ""
        self.ports: list[Any] = []
        self.is_ending = False

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        if isinstance(protocol, ChatProtocol):
            scope["extensions"] = {**scope.get("extensions", {}), "chat.write": protocol.write_texts}
        else:
            set_body_apart(protocol, scope)
        return super().create_application(protocol, scope)

    def run(self) -> None:
        WebSocketFactory.protocol = ChatProtocol
        http_protocol.WebRequest = BoundedRequest
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
        self.ws_factory.setProtocolOptions(failByDrop=False)
        loop = asyncio.get_event_loop()
        loop.set_default_executor(ThreadPoolExecutor(THREADS, "database", keep_connection))
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


def keep_connection() -> None:
    """Of SQLite, in a thread that stays. PostgreSQL's go back to their pool.

    Who closes SQLite's last connection tidies up the whole file, which costs more than a post.
    """
    if connection.vendor == "sqlite":
        connection.settings_dict = {**connection.settings_dict, "CONN_MAX_AGE": None}


def calm_the_collector() -> None:
    """A full collection stops everything for 75 to 140 ms at 1000 connections: make it rare, leave out what stays."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)
