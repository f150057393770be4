"""What `make` does with the `.venv` that is there. Its Python is a script here, and installs nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.servers.programs import ROOT

MAKES, INSTALLS = "sh deploy/make-venv.sh", ".venv/bin/python -m pip install"
FINDS_ALL, FINDS_NOTHING = "exit 0", "exit 1"
MAKES_FOR_BENCH, INSTALLS_FOR_BENCH = ".venv/bin/python -m venv", ".venv-bench/bin/python -m pip install"
MAKES_ONE_LIKE_ITSELF = 'if [ "$2" = venv ]; then mkdir -p .venv/bin && cp "$0" .venv/bin/python; fi'


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Everything is installed, as the stamps say."""
    clone = tmp_path / "clone"
    for name in (
        "Makefile",
        "requirements.txt",
        "requirements-dev.txt",
        "requirements-bench.txt",
        "deploy/make-venv.sh",
    ):
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, clone / name)
    (clone / ".env").touch()
    write_python(clone / ".venv" / "bin" / "python", FINDS_ALL)
    for stamp in (".runtime", ".development"):
        (clone / ".venv" / stamp).touch()
    return clone


def write_python(place: Path, does: str) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(f"#!/bin/sh\n{does}\n")
    place.chmod(0o755)


def make(clone: Path, *words: str) -> str:
    own = {"PATH": os.environ["PATH"], "PYTHON": str(clone / "python3")}
    done = subprocess.run(["make", *words], cwd=clone, env=own, capture_output=True, text=True, check=True)
    return done.stdout


def steps(clone: Path, word: str) -> list[str]:
    """Those that would change .venv, or .venv-bench."""
    lines = make(clone, "--dry-run", word).splitlines()
    known = (MAKES, INSTALLS, MAKES_FOR_BENCH, INSTALLS_FOR_BENCH)
    return [step for line in lines for step in known if line.startswith(step)]


@pytest.mark.parametrize("word", ["install", "run", "check"])
def test_what_is_installed_is_not_installed_again(clone: Path, word: str):
    assert steps(clone, word) == []


@pytest.mark.parametrize("word", ["install", "run", "check"])
def test_where_another_python_finds_nothing_of_it_all_is_made_anew(clone: Path, word: str):
    write_python(clone / ".venv" / "bin" / "python", FINDS_NOTHING)

    assert steps(clone, word) == [MAKES, INSTALLS]


def test_so_it_is_where_the_python_of_before_is_gone(clone: Path):
    place = clone / ".venv" / "bin" / "python"
    place.unlink()
    place.symlink_to(clone / "python3.0")

    assert steps(clone, "install") == [MAKES, INSTALLS]


@pytest.mark.parametrize(("finds", "done"), [(FINDS_ALL, []), (FINDS_NOTHING, [MAKES_FOR_BENCH, INSTALLS_FOR_BENCH])])
def test_what_is_measured_beside_is_made_anew_where_nothing_of_it_is_found(clone: Path, finds: str, done: list[str]):
    write_python(clone / ".venv-bench" / "bin" / "python", finds)
    (clone / ".venv-bench" / ".ready").touch()

    assert steps(clone, "bench-smoke") == done


def test_a_first_env_is_written_by_a_python_that_is_there(clone: Path):
    """Whatever is made beside it: MAKEFLAGS may say -j."""
    shutil.rmtree(clone / ".venv")
    (clone / ".env").unlink()

    assert steps(clone, ".env") == [MAKES]


def test_what_a_link_leads_to_stays_as_it_is(clone: Path, tmp_path: Path):
    """A .venv of one's own takes the link's place."""
    shared = tmp_path / "shared"
    write_python(clone / ".venv" / "bin" / "python", FINDS_NOTHING)
    (clone / ".venv").rename(shared)
    (clone / ".venv").symlink_to(shared)
    write_python(clone / "python3", MAKES_ONE_LIKE_ITSELF)

    make(clone, "install")

    assert sorted(path.name for path in shared.iterdir()) == [".development", ".runtime", "bin"]
    assert not (clone / ".venv").is_symlink()
    assert sorted(path.name for path in (clone / ".venv").iterdir()) == [".runtime", "bin"]
    assert steps(clone, "install") == []
