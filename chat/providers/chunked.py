"""A chunked body (RFC 9112, 7.1) out of its chunks, as many at a time as there are. Pure."""

from __future__ import annotations

import re

_HEAD = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(?:;[^\r\n]*)?\r\n")
_LONGEST_HEAD = 1024


class Chunks:
    """Takes bytes off the wire and gives what they carry.

    ``is_over`` once something comes that carries nothing: the end of the body, or what is no chunk at all. From there
    on ``rest`` is what was not taken.
    """

    def __init__(self) -> None:
        self.is_over = False
        self.rest = b""
        self._missing = 0  # of the chunk that has begun, with the line end behind it

    def feed(self, received: bytes) -> bytes:
        buffer = self.rest + received if self.rest else received
        at, size, carried = 0, len(buffer), []
        while at < size:
            if not self._missing:
                head = _HEAD.match(buffer, at)
                length = int(head[1], 16) if head else 0
                if head is None or not length:
                    self.is_over = head is not None or not _may_become_head(buffer, at)
                    break
                at, self._missing = head.end(), length + 2
            taken = min(self._missing - 2, size - at)
            if taken > 0:
                carried.append(buffer[at : at + taken])
                at, self._missing = at + taken, self._missing - taken
            if self._missing <= 2:
                if size - at < 2:
                    break
                if buffer[at : at + 2] != b"\r\n":
                    self.is_over = True
                    break
                at, self._missing = at + 2, 0
        self.rest = buffer[at:]
        return b"".join(carried)


def _may_become_head(buffer: bytes, at: int) -> bool:
    return len(buffer) - at < _LONGEST_HEAD and buffer.find(b"\n", at) < 0
