"""JPEG without its metadata, every pixel as it was (ITU T.81, annex B)."""

from __future__ import annotations

import re

from chat.pictures.malformed import Malformed

START, END = b"\xff\xd8", b"\xff\xd9"
END_MARKER, SCAN_MARKER, COMMENT = 0xD9, 0xDA, 0xFE
APPLICATION = range(0xE0, 0xF0)
WITHOUT_LENGTH = frozenset((0x01, *range(0xD0, 0xD9)))
# What a decoder needs of the application's segments: density, colour profile, colour transform.
NEEDED = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}
# Inside a scan 0xFF is followed by 0x00 or a restart marker; anything else is the next segment.
AFTER_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


def without_metadata(source: bytes) -> bytes:
    """What follows the end of the picture (another picture, a film) is left out, too."""
    if not source.startswith(START):
        raise Malformed
    kept, at = [START], len(START)
    while at < len(source):
        at = _at_marker(source, at)
        marker = source[at + 1]
        if marker == END_MARKER:
            break
        end = at + 2 if marker in WITHOUT_LENGTH else _end_of_segment(source, at)
        if _is_needed(marker, source[at + 4 : at + 20]):
            kept.append(source[at:end])
        if marker == SCAN_MARKER:
            at, end = end, _end_of_scan(source, end)
            kept.append(source[at:end])
        at = end
    return b"".join((*kept, END))


def _at_marker(source: bytes, at: int) -> int:
    if source[at] != 0xFF:
        raise Malformed
    while source[at + 1 : at + 2] == b"\xff":  # padding
        at += 1
    if at + 2 > len(source):
        raise Malformed
    return at


def _end_of_segment(source: bytes, at: int) -> int:
    length = int.from_bytes(source[at + 2 : at + 4], "big")
    end = at + 2 + length
    if length < 2 or end > len(source):
        raise Malformed
    return end


def _is_needed(marker: int, beginning: bytes) -> bool:
    if marker == COMMENT:
        return False
    return marker not in APPLICATION or (marker in NEEDED and beginning.startswith(NEEDED[marker]))


def _end_of_scan(source: bytes, at: int) -> int:
    found = AFTER_SCAN.search(source, at)
    return found.start() if found else len(source)
