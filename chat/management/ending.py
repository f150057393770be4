"""Ctrl+C, SIGTERM and SIGHUP end a command in one way: children are ended, and what lies about is cleared away."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def ends_cleanly() -> Iterator[None]:
    """What is ignored already, as `nohup` has it, stays ignored."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    for number in SIGNALS:
        if before[number] != signal.SIG_IGN:
            signal.signal(number, _leave)
    try:
        yield
    finally:
        for number in SIGNALS:
            signal.signal(number, before[number])


def go_on_to_the_end() -> None:
    """From here on it is shorter to finish than to undo."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    go_on_to_the_end()  # with clearing away
    sys.stderr.write("Told to end: what was begun is undone.\n")
    raise SystemExit(128 + number)
