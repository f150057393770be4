"""On what it was measured: a figure without its machine means nothing."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path

from bench.wsload import BUILT

PACKAGES = ("django", "channels", "channels-redis", "daphne", "twisted", "redis", "psycopg", "httpx")
PROGRAMS = (("redis-server", "--version"), ("gcc", "--version"))


def described() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    system = f"{platform.system()} {platform.release()}"
    packages = [f"{name} {version(name)}" for name in PACKAGES]
    programs = [found for words in PROGRAMS if (found := _program(words))]
    return "\n".join(
        [
            f"- machine: {os.cpu_count()} cores ({_processor()}), {memory:.0f} GiB, {system}",
            f"- versions: {', '.join([f'Python {platform.python_version()}', *packages, *programs])}",
            f"- the client runs on the same cores; TCP by {_congestion_control()}",
        ]
    )


def load() -> str:
    return " ".join(f"{part:.1f}" for part in os.getloadavg())


def memory_walked() -> str:
    """How long a step of a walk through little and through much of it takes now (``client/walk.c``)."""
    told = subprocess.run([BUILT / "walk"], capture_output=True, text=True, check=True).stdout
    steps = json.loads(told)
    return f"{steps['near']:.0f} and {steps['far']:.0f} ns"


def _processor() -> str:
    told = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*: (.+)", told.read_text()) if told.exists() else None
    return found[1] if found else platform.machine()


def _congestion_control() -> str:
    """Linux's, by whose rules a write is sent: it is part of what one costs."""
    told = Path("/proc/sys/net/ipv4/tcp_congestion_control")
    return told.read_text().strip() if told.exists() else "the system's rules"


def _program(words: tuple[str, str]) -> str:
    if not shutil.which(words[0]):
        return ""
    told = subprocess.run(words, capture_output=True, text=True, check=False).stdout
    number = re.search(r"\d+\.\d+[.\d]*", told)
    return f"{words[0]} {number[0]}" if number else ""
