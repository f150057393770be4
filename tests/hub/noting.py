"""A server that takes what it is given, and writes it down."""

from __future__ import annotations

import time
from collections.abc import Sequence

from chat.hub.socket import Writer


class NotingWriter:
    """``seconds``: what each write takes it."""

    def __init__(self, seconds: float = 0) -> None:
        self.writes: list[list[str]] = []
        self._seconds = seconds

    def write(self, texts: Sequence[str], *, is_passing: bool = False) -> None:
        time.sleep(self._seconds)
        self.writes.append(list(texts))

    @staticmethod
    def write_all(writers: Sequence[Writer], texts: Sequence[str], *, is_passing: bool = False) -> None:
        for writer in writers:
            writer.write(texts, is_passing=is_passing)

    def waiting(self) -> int:
        return 0
