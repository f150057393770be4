"""GIF without comments and what programs leave in it, every pixel as it was, animated or not (GIF89a)."""

from __future__ import annotations

from chat.pictures.malformed import Malformed

SIGNATURES = (b"GIF87a", b"GIF89a")
HEAD_BYTES = 13
IMAGE, EXTENSION, TRAILER = 0x2C, 0x21, 0x3B
IMAGE_BYTES = 10
CONTROL, APPLICATION = 0xF9, 0xFF
LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")  # how often it is played


def without_metadata(source: bytes) -> bytes:
    if not source.startswith(SIGNATURES) or len(source) < HEAD_BYTES:
        raise Malformed
    at = HEAD_BYTES + _palette_bytes(source[10])
    kept = [source[:at]]
    while at < len(source) and source[at] != TRAILER:
        end = _end_of_block(source, at)
        if source[at] == IMAGE or _is_needed(source, at):
            kept.append(source[at:end])
        at = end
    return b"".join((*kept, bytes((TRAILER,))))


def _end_of_block(source: bytes, at: int) -> int:
    if source[at] == EXTENSION:
        return _end_of_sub_blocks(source, at + 2)
    if source[at] != IMAGE or at + IMAGE_BYTES > len(source):
        raise Malformed
    return _end_of_sub_blocks(source, at + IMAGE_BYTES + _palette_bytes(source[at + 9]) + 1)


def _end_of_sub_blocks(source: bytes, at: int) -> int:
    while at < len(source):
        if source[at] == 0:
            return at + 1
        at += 1 + source[at]
    raise Malformed


def _palette_bytes(flags: int) -> int:
    return 3 * 2 ** ((flags & 0x07) + 1) if flags & 0x80 else 0


def _is_needed(source: bytes, at: int) -> bool:
    label = source[at + 1]
    return label == CONTROL or (label == APPLICATION and source[at + 3 : at + 14] in LOOPS)
