"""A whole site as its operator runs it: `manage.py migrate`, `setup`, `serve`, in processes of its own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from tests.clerk import Clerk
from tests.servers import DIRECTORY
from tests.servers.processes import end, free_port, wait_until
from tests.servers.programs import ROOT

MANAGE = [sys.executable, str(ROOT / "manage.py")]


class CommandFailed(Exception):
    """A management command ended with another code than 0; the text is what it said."""


@dataclass(slots=True)
class Site:
    """One server process. `beside()` makes another one of the same site: same database, same Redis, other port."""

    directory: Path
    environment: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    family: list[Site] = field(default_factory=list, repr=False)
    _process: subprocess.Popen[bytes] | None = None
    _clerk: Clerk | None = None

    def __post_init__(self) -> None:
        self.family.append(self)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.directory / f"serve-{self.port}.log"

    @property
    def pid(self) -> int:
        assert self._process is not None, "the site has not been started"
        return self._process.pid

    @property
    def ended_with(self) -> int | None:
        """The code of a process that ended; minus the signal that killed it."""
        return self._process.poll() if self._process else None

    def prepare(self) -> Site:
        """Make the database and what a new site begins with."""
        self._begin_with("setup", told=",".join(f"{name}={value}" for name, value in sorted(self.environment.items())))
        return self

    def migrate(self) -> Site:
        """An empty database."""
        self._begin_with("migrate", "--verbosity=0")
        return self

    def _begin_with(self, *words: str, told: str = "") -> None:
        """The first site of a test run does so; others that are told the same begin with a copy of its SQLite."""
        if "DATABASE_URL" in self.environment:
            self.manage(*words)
            return
        kept = DIRECTORY / f"{words[0]}-{zlib.crc32(told.encode())}.sqlite3"
        if not kept.exists():
            self.manage(*words)
            shutil.copy(self.directory / "db.sqlite3", kept)
        shutil.copy(kept, self.directory / "db.sqlite3")

    def manage(self, *words: str, stdin: str | None = None, seconds: float = 90) -> str:
        """What the command prints.

        :raises CommandFailed: it ended with another code than 0.
        """
        done = subprocess.run(
            [*MANAGE, *words],
            env=self._environment(),
            cwd=self.directory,
            input=stdin or "",
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        if done.returncode:
            raise CommandFailed(f"manage.py {' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def order(self, *words: str) -> str:
        """As `manage`, for preparations: all of them are done by one process, a second quicker each.

        :raises CommandFailed: it ended with another code than 0.
        """
        self._clerk = self._clerk or Clerk(self._environment())
        code, said = self._clerk.carry_out(*words)
        if code:
            raise CommandFailed(f"manage.py {' '.join(words)}: {code}\n{said}")
        return said

    def start(self) -> Site:
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                [*MANAGE, "serve", "--host", "127.0.0.1", "--port", str(self.port)],
                env=self._environment(),
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        wait_until(self._is_healthy, self._process, self.log)
        return self

    def start_command(self, *words: str) -> Site:
        """A command that stays, like `runreplies`, as the process of this site."""
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                [*MANAGE, *words], env=self._environment(), cwd=self.directory, stdin=subprocess.DEVNULL,
                stdout=output, stderr=output,
            )  # fmt: skip
        return self

    def wait_for_words(self, words: str) -> None:
        """In what it says of itself."""
        self.wait_for(lambda: words in self.log.read_text())

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """As long as its process is there."""
        assert self._process is not None, "the site has not been started"
        wait_until(condition, self._process, self.log)

    def stop(self) -> None:
        """SIGTERM, as an operator's supervisor sends it; and wait."""
        if self._process:
            end(self._process)
        if self._clerk:
            self._clerk.go()
            self._clerk = None

    def kill(self) -> None:
        """SIGKILL: no time to say goodbye."""
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()

    def beside(self, **environment: str) -> Site:
        return Site(self.directory, {**self.environment, **environment}, family=self.family)

    def _environment(self) -> dict[str, str]:
        """As a new machine has it: a PATH and a HOME, and what the site is configured by."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        return {
            **kept,
            "ENV_FILE": "",
            "DJANGO_SETTINGS_MODULE": "tests.site_settings",
            "SECRET_KEY": os.environ["SECRET_KEY"],
            "SITE_URL": self.url,
            "DATABASE_URL": f"sqlite:///{self.directory / 'db.sqlite3'}",
            "STATIC_ROOT": str(self.directory / "staticfiles"),
            "MEDIA_ROOT": str(self.directory / "media"),
            **self.environment,
        }

    def _is_healthy(self) -> bool:
        """Asked twenty times while it starts, so by what takes no TLS into its hands for it."""
        line = HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            line.request("GET", "/healthz")
            return line.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            line.close()
