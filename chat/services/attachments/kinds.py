"""What a file is that is no picture, by its bytes: enough to name it, and to know a text that can be read out."""

from __future__ import annotations

import codecs

UNKNOWN = "application/octet-stream"
TEXT = "text/plain"
BEGINNINGS = {
    b"%PDF-": "application/pdf",
    b"PK\x03\x04": "application/zip",  # and whatever else is packed that way, like documents of office programs
    b"\x1f\x8b": "application/gzip",
    b"OggS": "audio/ogg",
    b"fLaC": "audio/flac",
    b"ID3": "audio/mpeg",
}
FORBIDDEN_IN_TEXT = bytes(range(9)) + b"\x0b" + bytes(range(14, 27)) + bytes(range(28, 32))


class Kind:
    """Is shown a file piece by piece."""

    def __init__(self) -> None:
        self._begun_as = ""
        self._decoder: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder("utf-8")()

    def look_at(self, piece: bytes, *, is_first: bool) -> None:
        if is_first:
            self._begun_as = next((kind for mark, kind in BEGINNINGS.items() if piece.startswith(mark)), "")
        if self._decoder and not self._is_text(self._decoder, piece, is_last=False):
            self._decoder = None

    def media_type(self) -> str:
        if self._begun_as:
            return self._begun_as
        return TEXT if self._decoder and self._is_text(self._decoder, b"", is_last=True) else UNKNOWN

    @staticmethod
    def _is_text(decoder: codecs.IncrementalDecoder, piece: bytes, *, is_last: bool) -> bool:
        try:
            decoder.decode(piece, is_last)
        except UnicodeDecodeError:
            return False
        return len(piece.translate(None, FORBIDDEN_IN_TEXT)) == len(piece)
