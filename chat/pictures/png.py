"""PNG without its metadata, every pixel as it was, animated or not (W3C, Portable Network Graphics, third edition)."""

from __future__ import annotations

from chat.pictures.malformed import Malformed

SIGNATURE = b"\x89PNG\r\n\x1a\n"
# What is packed in them is unpacked up to a megabyte each, out of a thousand bytes, before the first pixel.
PACKED = (b"iCCP", b"zTXt", b"iTXt")
MOST_PACKED = 100
AROUND_BYTES = 12  # length, type and checksum of a chunk
NEEDED = frozenset(
    b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP cICP mDCV cLLI sBIT pHYs bKGD hIST sPLT acTL fcTL fdAT".split()
)


def without_metadata(source: bytes) -> bytes:
    if not source.startswith(SIGNATURE):
        raise Malformed
    kept, at = [SIGNATURE], len(SIGNATURE)
    while at < len(source):
        kind = source[at + 4 : at + 8]
        end = at + AROUND_BYTES + int.from_bytes(source[at : at + 4], "big")
        if end > len(source):
            raise Malformed
        if kind in NEEDED:
            kept.append(source[at:end])
        if kind == b"IEND":
            return b"".join(kept)
        at = end
    raise Malformed


def is_laborious(source: bytes) -> bool:
    """By names that may stand among the pixels, too, but not so often."""
    return sum(source.count(kind) for kind in PACKED) > MOST_PACKED
