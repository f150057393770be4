"""Docker as it is on this machine, and what is missing of it."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

WANTED_FILES = 65_536  # `nofile` in docker-compose.yml
KEPT = ("PATH", "HOME", "LANG", "XDG_RUNTIME_DIR")


class EngineFailed(Exception):
    """A command ended with another code than 0; the text is what it said."""


def environment(own: Mapping[str, str]) -> dict[str, str]:
    """An operator's shell: nothing in it of the tests, or `.env` would count for less than they do."""
    of_the_engine = {name: value for name, value in os.environ.items() if name.startswith(("DOCKER_", "BUILDKIT_"))}
    return {name: os.environ[name] for name in KEPT if name in os.environ} | of_the_engine | dict(own)


def shell(line: str, directory: Path, seconds: float = 300, stdin: str = "", own: Mapping[str, str] = {}) -> str:
    """What a line of the documentation prints, run as it is written.

    :raises EngineFailed:
    """
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", line], cwd=directory, env=environment(own), input=stdin,
        capture_output=True, text=True, timeout=seconds, check=False,
    )  # fmt: skip
    if done.returncode:
        raise EngineFailed(f"{line}: {done.returncode}\n{done.stdout[-4000:]}{done.stderr[-8000:]}")
    return done.stdout


def missing() -> str | None:
    """What these tests cannot do without."""
    if not shutil.which("docker"):
        return "there is no `docker` on this machine"
    for line, what in (
        ("docker version --format '{{.Server.Version}}'", "no Docker engine answers"),
        ("docker compose version", "the plugin `docker compose` is missing"),
    ):
        try:
            shell(line, Path.cwd(), 30)
        except (EngineFailed, subprocess.TimeoutExpired) as error:
            return f"{what}: {str(error).strip().splitlines()[-1]}"
    return None


def override() -> str:
    """An image of its own name, so that what somebody runs from here is left alone; and no more open files than
    there may be on this machine."""
    may = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    is_fewer = resource.RLIM_INFINITY != may < WANTED_FILES
    files = f"ulimits: {{nofile: {may}}}" if is_fewer else ""
    of_the_site = ", ".join(filter(None, ("image: chat-under-test", files)))
    services = {"setup": of_the_site, "web": of_the_site, "replies": of_the_site, "nginx": files}
    return "services:\n" + "".join(f"  {name}: {{{what}}}\n" for name, what in services.items() if what)
