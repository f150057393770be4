"""A connection whose end is seen also where its last words lie before it."""

from __future__ import annotations

import daphne.server  # noqa: F401  isort: skip - it chooses Twisted's reactor, so it comes before all of Twisted

from socket import SO_ERROR, SOL_SOCKET

from twisted.internet import main, tcp


class Connection(tcp.Server):
    """Of a line that was reset uvloop says so once: it has one piece read, and never looks at that line again. Twisted
    alone takes the piece, and waits for the next for ever. Such a socket would stay in its room, and what could not be
    written to it would keep the others from hearing it."""

    def doRead(self) -> Exception | None:  # type: ignore[override]  # noqa: N802 - twisted's
        return super().doRead() or self._lost()

    def _lost(self) -> Exception | None:
        was_reset = not self.disconnected and self.socket.getsockopt(SOL_SOCKET, SO_ERROR)
        return main.CONNECTION_LOST if was_reset else None
