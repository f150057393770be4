"""Which part of a file is asked for (RFC 9110, 14): one range; several are answered by the whole, which is allowed."""

from __future__ import annotations

import re
from typing import NamedTuple

ONE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


class Part(NamedTuple):
    start: int
    end: int  # not part of it

    @property
    def length(self) -> int:
        return self.end - self.start


def part_of(asked: str, size: int) -> Part | None:
    """The whole where nothing is asked that makes sense; None if there is nothing at that place."""
    found = ONE.fullmatch(asked.replace(" ", ""))
    if found is None or found.groups() == ("", ""):
        return Part(0, size)
    first, last = found.groups()
    if not first:
        return Part(max(0, size - int(last)), size) if int(last) else None
    if last and int(last) < int(first):
        return Part(0, size)
    return Part(int(first), min(size, int(last) + 1) if last else size) if int(first) < size else None
