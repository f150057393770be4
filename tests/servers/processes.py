"""Child processes on free loopback ports, ended by their own id."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

START_SECONDS = 120  # on a machine that does many other things


class DidNotStart(Exception):
    """The process ended, or never answered; its log says why."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def wait_until(ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            end(process)
            raise DidNotStart(log.read_text(errors="replace")[-4000:])
        time.sleep(0.05)


def end(process: subprocess.Popen[bytes] | subprocess.Popen[str], *, gently: Callable[[], None] | None = None) -> None:
    """Ask it to end, and make it end if it does not."""
    if process.poll() is not None:
        return
    (gently or process.terminate)()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
