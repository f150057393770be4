"""What the site makes of an environment, each time in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.servers.programs import ROOT

SHOW = """
import json
import chatsite.settings as settings
names = {names!r}
print(json.dumps({{name: getattr(settings, name) for name in names}}, default=str))
"""


def settings_of(*names: str, **environment: str) -> Any:
    """What settings.py makes of an environment."""
    done = run([sys.executable, "-c", SHOW.format(names=names)], environment)
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    return shown[names[0]] if len(names) == 1 else shown


def refusal_of(**environment: str) -> str:
    done = run([sys.executable, "manage.py", "version"], environment)
    assert done.returncode == 1, done.stdout
    return done.stderr.strip()


def run(command: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "ENV_FILE": "", **environment}
    return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture
def env_file(tmp_path: Path) -> Callable[[str], str]:
    def write(text: str) -> str:
        path = tmp_path / "some.env"
        path.write_text(text)
        return str(path)

    return write
