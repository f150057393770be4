"""The load clients, the floor, and a walk through memory, written in C: built when needed, and run."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

SOURCES = Path(__file__).parent / "client"
BUILT = Path(__file__).parent.parent / ".venv-bench" / "client"
PROGRAMS = ("wsload", "wswatch", "wsfloor", "walk")
COMPILE = ["gcc", "-std=gnu11", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra", "-Wno-unused-function"]

Figures = dict[str, Any]


def build() -> None:
    if not shutil.which("gcc"):
        raise SystemExit("gcc is needed to build the load client (Debian: gcc, libc6-dev).")
    BUILT.mkdir(parents=True, exist_ok=True)
    sources = hashlib.sha256(b"".join(source.read_bytes() for source in sorted(SOURCES.iterdir()))).hexdigest()
    built_of = BUILT / "sources.sha256"  # not their times: another version's may be older, and were checked out later
    if built_of.exists() and built_of.read_text() == sources:
        return
    for name in PROGRAMS:
        subprocess.run([*COMPILE, "-o", BUILT / f"{name}.new", SOURCES / f"{name}.c"], check=True)
        (BUILT / f"{name}.new").replace(BUILT / name)
    built_of.write_text(sources)


def load(port: int, *options: object, client: str = "wsload", timeout: float = 600) -> Figures:
    """What the client prints: its head says what the options mean.

    :raises RuntimeError: it did not finish.
    """
    words = [str(BUILT / client), "-p", str(port), *map(str, options)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=timeout, check=False)
    if done.returncode or not done.stdout:
        raise RuntimeError(f"{' '.join(words)}: {done.returncode}\n{done.stderr}")
    figures: Figures = json.loads(done.stdout)
    return figures
