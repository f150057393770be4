"""A process that was told to end does so within the ten seconds that supervisors give it."""

from __future__ import annotations

import os
import threading

END_SECONDS = 9.5


def end_at_the_latest() -> None:
    """A thread that waits for a database that does not answer would hold the process for as long."""
    timer = threading.Timer(END_SECONDS, os._exit, (1,))
    timer.daemon = True
    timer.start()
