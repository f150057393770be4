"""WebP without its metadata, every pixel as it was, animated or not (RFC 9649)."""

from __future__ import annotations

from chat.pictures.malformed import Malformed

HEAD_BYTES = 12  # RIFF, size, WEBP
NEEDED = frozenset((b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"))
HAS_METADATA = 0x08 | 0x04  # flags of VP8X: Exif, XMP


def without_metadata(source: bytes) -> bytes:
    if source[:4] != b"RIFF" or source[8:HEAD_BYTES] != b"WEBP":
        raise Malformed
    kept, at = [], HEAD_BYTES
    end_of_file = min(len(source), 8 + int.from_bytes(source[4:8], "little"))
    while at + 8 <= end_of_file:
        size = int.from_bytes(source[at + 4 : at + 8], "little")
        end = at + 8 + size + size % 2  # padded to an even length
        if at + 8 + size > len(source):
            raise Malformed
        if source[at : at + 4] in NEEDED:
            kept.append(_chunk(source[at:end]))
        at = end
    body = b"".join(kept)
    return b"RIFF" + (len(body) + 4).to_bytes(4, "little") + b"WEBP" + body


def _chunk(chunk: bytes) -> bytes:
    if chunk[:4] != b"VP8X":
        return chunk
    return chunk[:8] + bytes((chunk[8] & ~HAS_METADATA,)) + chunk[9:]
