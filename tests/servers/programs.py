"""Finding the programs that the tests need, and getting them where that is possible."""

from __future__ import annotations

import functools
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


class NotToBeHad(Exception):
    """The program is not on this machine, and nothing here may install it."""


@dataclass(frozen=True, slots=True)
class Program:
    """A program, the places it is usually in, and the Debian package or the wheel that carries it."""

    name: str
    names: Sequence[str]
    places: Sequence[str] = ()
    package: str = ""
    in_wheel: Callable[[], Path | None] = lambda: None

    def path(self) -> Path:
        """:raises NotToBeHad: neither found nor installed."""
        return self.found() or self._from_debian() or self._from_wheel() or self._missing()

    def found(self) -> Path | None:
        """Where it is on this machine, if it is."""
        on_path = (shutil.which(name) for name in self.names)
        in_places = (str(path) for place in self.places for path in sorted(Path("/").glob(place), reverse=True))
        return next((Path(path) for path in (*on_path, *in_places) if path and os.access(path, os.X_OK)), None)

    def _from_debian(self) -> Path | None:
        return self.found() if self.package and apt_install(self.package) else None

    def _from_wheel(self) -> Path | None:
        return self.in_wheel() or (self.in_wheel() if install_wheels() else None)

    def _missing(self) -> Path:
        raise NotToBeHad(f"{self.name} is not installed" + (f" (Debian: {self.package})" if self.package else ""))


@functools.cache
def apt_install(package: str) -> bool:
    """Where this is Debian, and we are root there."""
    if not Path("/etc/debian_version").exists() or not shutil.which("apt-get") or os.geteuid() != 0:
        return False
    say(f"installing {package} with apt-get")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=120"]
    steps = [[*apt, "update"], [*apt, "install", "-y", "--no-install-recommends", package]]
    return all(quietly(step, environment) for step in steps)


@functools.cache
def install_wheels() -> bool:
    say("installing servers from requirements-services.txt")
    lock = str(ROOT / "requirements-services.txt")
    done = quietly([sys.executable, "-m", "pip", "install", "-q", "--require-hashes", "-r", lock], dict(os.environ))
    importlib.invalidate_caches()
    return done


def package_directory(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


def quietly(command: list[str], environment: dict[str, str]) -> bool:
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return done.returncode == 0


def say(line: str) -> None:
    """It may take a minute, so say it past pytest's capture."""
    print(f"tests: {line}", file=sys.__stderr__, flush=True)


def in_ci() -> bool:
    return os.environ.get("CI", "").lower() in ("1", "true")
