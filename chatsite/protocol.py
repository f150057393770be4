"""A WebSocket as we serve it: Daphne's, with less work for each connection and each frame."""

from __future__ import annotations

import daphne.server  # noqa: F401  isort: skip - it chooses Twisted's reactor, so it comes before all of Twisted

from collections.abc import Sequence
from typing import Any, ClassVar

from autobahn.twisted import websocket as autobahn_twisted
from autobahn.websocket import protocol as autobahn_protocol
from autobahn.websocket.types import ConnectionDeny
from daphne.ws_protocol import WebSocketProtocol
from twisted.internet import tcp

from chatsite.opened import NOTHING, of_its_own, said_of_all
from chatsite.patience import PatientChannel
from chatsite.threads import database_threads
from chatsite.tidying import Tidying
from chatsite.writer import Writer

UNHEARD_LIMIT_BYTES = 1024 * 1024
DIALECTS = "sec-websocket-protocol"
FRAME_BYTES = 64  # to read a frame costs something however little it says


def _plainly(value: Any, *_: Any, **__: Any) -> Any:
    return value


def _nothing(_: Any) -> None:
    """What is kept of a result."""


# For each line of its debug log autobahn colours some words, also where nobody reads it: a twentieth of a connect.
_module: Any
for _module in (autobahn_twisted, autobahn_protocol):
    _module.hltype = _module.hlval = _plainly


def _is_read_as_it_is(value: str) -> bool:
    """Daphne reads it as it reads addresses: what is no ASCII fails, and what is percent-encoded it would accept by a
    name that nobody has offered."""
    return value.isascii() and "%" not in value


class Few(list[Any]):
    """A queue for what is rarely there: an empty ``deque`` takes 600 bytes."""

    __slots__ = ()

    def popleft(self) -> Any:
        return self.pop(0)


class ChatProtocol(WebSocketProtocol):
    """Closes carry the reason the application gives."""

    _tidying: ClassVar[Tidying] = Tidying(database_threads.renew)
    _said_with_refusal: Sequence[tuple[str, str]] = ()
    _unheard_bytes: int | None = None  # said since the application has shown them out

    @classmethod
    def take_options(cls, factory: Any) -> None:
        """Once for all. Autobahn copies each option into each connection, and writes them all down for its log."""
        for name in cls.CONFIG_ATTRS:
            option = getattr(factory, name)
            setattr(cls, name, staticmethod(option) if callable(option) else option)
        cls.CONFIG_ATTRS = ()

    def __init__(self) -> None:
        super().__init__()
        self.writer = Writer(self)

    def onConnect(self, request: Any) -> Any:  # noqa: N802 - autobahn's
        server = self.factory.server_class
        if server.is_ending:
            self._refuse_new(server, request)
        if not _is_read_as_it_is(request.headers.get(DIALECTS, "")):
            request.headers[DIALECTS] = ""
        return super().onConnect(request)

    def _refuse_new(self, server: Any, request: Any) -> None:
        """With a status by which a proxy asks another process. Daphne's own close needs what is set here."""
        self.server, self.request, self.client_addr = server, request, None
        server.protocol_connected(self)
        raise ConnectionDeny(503, "Service Unavailable")  # type: ignore[no-untyped-call]

    def onOpen(self) -> None:  # noqa: N802 - autobahn's
        """What only the handshake needed is forgotten: it would be kept for as long as somebody listens."""
        super().onOpen()
        request = self.request  # Daphne asks it for its path
        request.origin, request.protocols, request.extensions = "", (), ()
        request.headers = request.params = NOTHING
        self.clean_headers.clear()  # the scope's
        self.__dict__ = of_its_own(self.__dict__)
        if self._is_tcp:
            self._forget_channel()

    def _forget_channel(self) -> None:
        """Of HTTP, by which they came: a third of what an idle socket takes. A reader who does not read is not read
        from, as before: that is the transport's own doing."""
        self.transport.unregisterProducer()
        self.transport.registerProducer(self.transport, True)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:  # noqa: N802, N803 - autobahn's
        if self._unheard_bytes is not None:
            self._leave_unheard(len(payload) + FRAME_BYTES)
            return
        super().onMessage(payload, isBinary)
        if self.application_queue.is_full:
            self.application_queue.hold_up(self.transport)

    def _leave_unheard(self, size: int) -> None:
        """A line that ends with words unread is reset, and the close is lost with it. So they are read, up to a limit:
        whoever goes on and on does not want to hear why."""
        self._unheard_bytes = (self._unheard_bytes or 0) + size
        if self._unheard_bytes > UNHEARD_LIMIT_BYTES:
            self.transport.abortConnection()

    def serverSend(self, content: Any, binary: bool = False) -> None:  # noqa: N802 - autobahn's
        if binary or self.state != self.STATE_OPEN:
            super().serverSend(content, binary)
        else:
            self.writer.write((content,))

    def sendData(self, *args: Any, **kwargs: Any) -> None:  # noqa: N802 - autobahn's
        """Pongs, closes: they wait in Twisted's buffer for a turn of the loop, and nothing may overtake them."""
        self.writer.become_unclear()
        super().sendData(*args, **kwargs)

    def dropConnection(self, abort: bool = False) -> None:  # noqa: N802 - autobahn's
        self.writer.become_unclear()
        super().dropConnection(abort)

    def connectionLost(self, reason: Any) -> None:  # noqa: N802 - twisted's
        """It and what belongs to it hold each other no more, so nothing of it waits for a full collection."""
        self.writer.let_go()
        super().connectionLost(reason)
        self.is_closed.addCallback(_nothing)
        self._tidying.one_left()

    def onClose(self, *how: Any) -> None:  # noqa: N802 - autobahn's
        """Daphne knows only whose handshake could be read."""
        if hasattr(self, "server"):
            super().onClose(*how)

    def makeConnection(self, transport: Any) -> None:  # noqa: N802 - twisted's
        super().makeConnection(transport)
        self._tidying.one_came()
        self.send_queue = Few()
        self._is_tcp = isinstance(transport, tcp.Server) and not transport.TLS
        if self._is_tcp and isinstance(transport.producer, PatientChannel):
            transport.producer.requests.clear()  # they hold each other, and only a full collection would find out
            PatientChannel.lines.discard(transport.producer)

    @property
    def is_plain(self) -> bool:
        return self._is_tcp and self._perMessageCompress is None

    @property
    def is_idle(self) -> bool:
        """Nothing waits: the next byte may go to the kernel."""
        return not (self.waiting_bytes or self.send_queue)

    @property
    def waiting_bytes(self) -> int:
        return len(self.transport.dataBuffer) + self.transport._tempDataLen if self._is_tcp else 0

    def sendHttpErrorResponse(self, code: int, reason: str, responseHeaders: Any = None) -> None:  # noqa: N802, N803
        """Daphne refuses in three words, whatever the application says with its refusal."""
        super().sendHttpErrorResponse(code, reason, [*(responseHeaders or ()), *self._said_with_refusal])

    def handle_reply(self, message: dict[str, Any]) -> None:
        if message["type"] != "websocket.close":
            super().handle_reply(message)
        elif self.state == self.STATE_CONNECTING:
            self._said_with_refusal = [(name.decode(), value.decode()) for name, value in message.get("headers", ())]
            super().handle_reply(message)
        else:
            self.close_with(message.get("code") or 1000, message.get("reason") or "")
            self._unheard_bytes = self._unheard_bytes or 0
            self.application_queue.close()

    def close_with(self, code: int, reason: str) -> None:
        """Any code: autobahn's own ``sendClose`` knows none of those that were registered later (1012, 1013)."""
        self.sendCloseFrame(code=code, reasonUtf8=reason.encode(), isReply=False)


said_of_all(ChatProtocol)
