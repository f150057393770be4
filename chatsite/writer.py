"""What is said to many sockets, straight to the kernel."""

from __future__ import annotations

import _socket
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from chat import metrics
from chat.hub.socket import WAITING_LIMIT_BYTES

if TYPE_CHECKING:
    from chatsite.protocol import ChatProtocol

_send = _socket.socket.send  # as it is for all: what is bound to one socket is one more thing to look for in memory
PASSING_LIMIT_BYTES = 64 * 1024  # with more waiting before it, a reader is not told what matters for a moment only


class Writer:
    """Text goes to the kernel at once while nothing waits before it.

    Twisted's buffered write costs two ``epoll_ctl`` and a turn of the loop for each frame and reader. It is used for
    what the kernel does not take, and a reader who leaves more than ``WAITING_LIMIT_BYTES`` there is let go: Daphne
    alone would keep everything for a dead one.

    While it is clear, a frame touches nothing but this and the socket: the rest of five hundred connections is not in
    any cache of the processor. Whoever else writes to the transport has to make it unclear (``sendData``).
    """

    __slots__ = ("_clear", "_protocol")
    _last_texts: ClassVar[Sequence[str]] = ()
    _last_frames: ClassVar[bytes] = b""

    def __init__(self, protocol: ChatProtocol) -> None:
        self._protocol: ChatProtocol | None = protocol
        self._clear: Any = None  # the socket, while nothing waits before the next byte

    def become_unclear(self) -> None:
        self._clear = None

    def let_go(self) -> None:
        """There is nobody any more to write to."""
        self._protocol = self._clear = None

    def waiting(self) -> int:
        """Bytes that this reader has not taken, nor the kernel for it."""
        return self._protocol.waiting_bytes if self._protocol else 0

    def write(self, texts: Sequence[str], *, is_passing: bool = False) -> None:
        """Each a frame of its own, all of them in one write."""
        self.write_all((self,), texts, is_passing=is_passing)

    @staticmethod
    def write_all(writers: Sequence[Writer], texts: Sequence[str], *, is_passing: bool = False) -> None:
        """The same to many: where there are many, this loop is where the time goes."""
        frames, send = Writer._frames_of(texts), _send
        size = len(frames)
        for writer in writers:
            socket = writer._clear or writer._cleared(texts, is_passing=is_passing)
            if socket is None:
                continue
            try:
                sent = send(socket, frames)
            except OSError:
                sent = 0  # full, or gone: Twisted finds out which, waits for the one and reports the other
            if sent != size:
                writer._leave_to_twisted(frames[sent:])

    def _leave_to_twisted(self, rest: bytes) -> None:
        self.become_unclear()
        if self._protocol is not None:
            self._hand_on(self._protocol, rest)

    @staticmethod
    def _hand_on(protocol: ChatProtocol, data: bytes) -> None:
        """What cannot even wait is given up, and with it nobody else's turn: uvloop raises for a line it has closed."""
        try:
            protocol.transport.write(data)
        except (OSError, RuntimeError):
            protocol.transport.abortConnection()

    def _cleared(self, texts: Sequence[str], *, is_passing: bool) -> Any:
        """The socket, if nothing waits any more. If something does, what is to be done with these is done."""
        protocol = self._protocol
        if protocol is None or protocol.state != protocol.STATE_OPEN:
            return None
        if is_passing and protocol.waiting_bytes > PASSING_LIMIT_BYTES:
            return None
        if protocol.is_plain and protocol.is_idle:
            self._clear = protocol.transport.socket
        else:
            self._wait(protocol, texts)
        return self._clear

    def _wait(self, protocol: ChatProtocol, texts: Sequence[str]) -> None:
        if not protocol.is_plain:
            for text in texts:
                protocol.sendMessage(text.encode(), False)
        elif protocol.waiting_bytes > WAITING_LIMIT_BYTES:
            metrics.DROPPED_READERS.add()
            protocol.transport.abortConnection()
        else:
            self._hand_on(protocol, self._frames_of(texts))

    @classmethod
    def _frames_of(cls, texts: Sequence[str]) -> bytes:
        """The hub sends the same texts to many readers in a row: they are made into frames once."""
        if Writer._last_texts is not texts:
            Writer._last_texts, Writer._last_frames = texts, b"".join(map(text_frame, texts))
        return Writer._last_frames


def text_frame(content: str) -> bytes:
    """A whole text message as one unmasked frame (RFC 6455, 5.2)."""
    body = content.encode()
    size = len(body)
    if size < 126:
        return b"\x81" + bytes((size,)) + body
    if size < 65536:
        return b"\x81\x7e" + size.to_bytes(2, "big") + body
    return b"\x81\x7f" + size.to_bytes(8, "big") + body
