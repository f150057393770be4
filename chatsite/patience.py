"""How long somebody may take to say what they want, so that those who never finish do not fill the house."""

from __future__ import annotations

import daphne.server  # noqa: F401  isort: skip - it chooses Twisted's reactor, so it comes before all of Twisted

import time
from collections.abc import Callable
from typing import ClassVar
from weakref import WeakSet

from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from twisted.web.http import HTTPChannel

BYTES_PER_SECOND = 1000  # of a body, on the whole; the slowest of lines are quicker


class PatientChannel(HTTPChannel):
    """Twisted's lets a request go on as long as another byte of it comes each minute: ten thousand of them would be all
    a process can hold. Here its head has that minute, and its body one more for each 60 KB."""

    seconds: Callable[[], float] = staticmethod(time.monotonic)
    lines: ClassVar[WeakSet[PatientChannel]] = WeakSet()  # by which a request may come
    _body_since: float | None = None

    def connectionMade(self) -> None:  # noqa: N802 - twisted's
        super().connectionMade()  # type: ignore[no-untyped-call]
        self.lines.add(self)

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802 - twisted's
        self.lines.discard(self)
        super().connectionLost(reason)  # type: ignore[no-untyped-call]

    def resetTimeout(self) -> None:  # noqa: N802 - twisted's
        if self._transferDecoder is None:  # of the head; or of the next request, while this one is answered
            self._body_since = None
        elif self._is_quick_enough():
            super().resetTimeout()  # type: ignore[no-untyped-call]

    def lineLengthExceeded(self, line: bytes) -> None:  # noqa: N802 - twisted's
        """Refused like a head that is too long on the whole: Twisted alone hangs up without a word."""
        self._respondToBadRequestAndDisconnect()  # type: ignore[no-untyped-call]

    def _is_quick_enough(self) -> bool:
        now = self.seconds()
        if self._body_since is None:
            self._body_since = now
        received: int = self.requests[-1].length
        return now - self._body_since <= (self.timeOut or 0) + received / BYTES_PER_SECOND
