"""What has come on a line already, taken without a turn of the event loop.

The library waits for each piece: it has the line watched, is woken, and has it watched no more. And where the line is
encrypted it gives one record at a time, so that whoever rests between two pieces falls behind a model that writes each
word as a record.
"""

from __future__ import annotations

import os
import ssl
from typing import Any

READ_BYTES = 64 * 1024


class Arrived:
    """``stream`` is the library's own. Where its insides are others than we know, nothing has ever come."""

    def __init__(self, stream: Any) -> None:
        below = getattr(stream, "transport_stream", stream)
        self._tls: ssl.SSLObject | None = getattr(stream, "_ssl_object", None)
        self._encrypted: Any = getattr(stream, "_read_bio", None)
        self._transport: Any = getattr(below, "_transport", None)
        self._read_by_loop: Any = getattr(getattr(below, "_protocol", None), "read_queue", None)
        self._socket: Any = self._transport and self._transport.get_extra_info("socket")
        is_known = below is stream or (self._tls is not None and self._encrypted is not None)
        self._is_known = is_known and self._read_by_loop is not None and self._socket is not None

    def take(self) -> bytes:
        """All of it, up to some limit; nothing at the end of the line, or where it broke: whoever waits is told."""
        if not self._is_known:
            return b""
        if self._tls is None:
            return self._received()
        decrypted = self._decrypted(self._tls)
        if received := self._received():
            self._encrypted.write(received)
            decrypted += self._decrypted(self._tls)
        return decrypted

    def _received(self) -> bytes:
        if (
            self._read_by_loop or self._transport.is_closing()
        ):  # what came before goes before; what is closed is not ours
            return b""
        try:
            return os.read(self._socket.fileno(), READ_BYTES)
        except OSError:
            return b""

    def _decrypted(self, tls: ssl.SSLObject) -> bytes:
        records = []
        try:
            while record := tls.read(READ_BYTES):
                records.append(record)
        except ssl.SSLError:  # it wants more; or it is broken, and is so when it is read again
            pass
        return b"".join(records)
