"""JPEG without its metadata, every pixel as it was (ITU T.81, annex B)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from PIL.JpegImagePlugin import MARKER

from chat.pictures.malformed import Malformed

START, END = b"\xff\xd8", b"\xff\xd9"
PADDED, ESCAPED, FIRST_SCAN = 0xFFFF, 0xFF00, 0xFFDA
END_MARKER, SCAN_MARKER, COMMENT = 0xD9, 0xDA, 0xFE
APPLICATION = range(0xE0, 0xF0)
WITHOUT_LENGTH = frozenset((0x01, *range(0xD0, 0xD9)))
# What a decoder needs of the application's segments: density, colour profile, colour transform.
NEEDED = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}
# Inside a scan 0xFF is followed by 0x00 or a restart marker; anything else is the next segment.
AFTER_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
RESERVED = range(0x02, 0xC0)  # where one stands in a scan, decoders skip it, and what would be its length is read on
EXIF = b"Exif\0\0"
# The usual progressive picture has ten. Each goes over all pixels again, and may be some tens of bytes long.
MOST_SCANS = 100
MOST_STEPS = 100_000  # a segment may be empty, and ten megabytes may be nothing but such ones
PADDING = re.compile(rb"\xff+")
MOST_EXIF = 100  # pieces, each of which Pillow copies with all before it


def without_metadata(source: bytes) -> bytes:
    """What follows the end of the picture (another picture, a film) is left out, too."""
    if not source.startswith(START):
        raise Malformed
    needed = (source[at:end] for marker, at, end in _segments(source) if _is_needed(marker, source[at + 4 : at + 20]))
    return b"".join((START, *needed, END))


def is_laborious(source: bytes) -> bool:
    return source.count(EXIF) > MOST_EXIF or _is_far_to_first_scan(source) or _has_too_many_scans(source)


def _is_far_to_first_scan(source: bytes) -> bool:
    """The way that Pillow goes there: byte by byte where there is no segment."""
    at = len(START)
    for _ in range(MOST_STEPS):
        marker = int.from_bytes(source[at : at + 2], "big")
        if marker >> 8 != 0xFF or marker == PADDED:
            at += 1
        elif marker == FIRST_SCAN or (marker != ESCAPED and marker not in MARKER):
            return False
        else:
            has_length = marker != ESCAPED and MARKER[marker][2] is not None
            at += 2 + (max(2, int.from_bytes(source[at + 2 : at + 4], "big")) if has_length else 0)
        if at >= len(source):
            return False
    return True


def _has_too_many_scans(source: bytes) -> bool:
    """No decoder finds more of them. From where it is no longer clear how they read it, whatever looks like one."""
    scans, steps, at = 0, 0, len(START)
    try:
        for marker, begin, end in _segments(source):
            scans, steps, at = scans + (marker == SCAN_MARKER), steps + 1 + begin - at, end
            if scans > MOST_SCANS or steps > MOST_STEPS:
                return True
    except Malformed:
        scans += source.count(bytes((0xFF, SCAN_MARKER)), at)
    return scans > MOST_SCANS


def _segments(source: bytes) -> Iterator[tuple[int, int, int]]:
    """Marker, beginning and end of each up to the end of the picture; what was scanned belongs to its scan."""
    at = len(START)
    while at < len(source):
        at = _at_marker(source, at)
        marker = source[at + 1]
        if marker == END_MARKER:
            return
        end = at + 2 if marker in WITHOUT_LENGTH else _end_of_segment(source, at)
        if marker == SCAN_MARKER:
            end = _end_of_scan(source, end)
        yield marker, at, end
        at = end


def _at_marker(source: bytes, at: int) -> int:
    padding = PADDING.match(source, at)
    if padding is None:
        raise Malformed
    at = padding.end() - 1
    if at + 2 > len(source) or source[at + 1] in RESERVED:
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
