"""The files of variables that come with the site, and the page that explains them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.environments import settings_of
from tests.servers import variables_listed
from tests.servers.programs import ROOT


def test_the_example_file_lists_every_variable_and_no_other(settings):
    assert sorted(variables_listed()) == sorted(settings.VARIABLES)


def test_the_documentation_lists_every_variable_and_no_other(settings):
    text = (ROOT / "docs" / "configuration.md").read_text()

    assert sorted(re.findall(r"^\| `([A-Z_]+)` \|", text, flags=re.MULTILINE)) == sorted(settings.VARIABLES)


def test_the_example_file_changes_nothing_but_the_key():
    def effective(**environment):
        return settings_of("SITE_URL", "SITE_NAME", "SITE_ACCENT", "HISTORY_TOKENS", "LOG_LEVEL", **environment)

    assert effective(ENV_FILE=str(ROOT / ".env.example")) == effective()


@pytest.mark.parametrize(("host", "url"), [("127.0.0.1", "http://127.0.0.1:9000"), ("::1", "http://[::1]:9000")])
def test_the_first_env_file_follows_host_and_port(tmp_path, host, url):
    command = [sys.executable, "-m", "chatsite.first_env", host, "9000"]

    subprocess.run(command, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, check=True, capture_output=True)

    file = tmp_path / ".env"
    assert file.stat().st_mode & 0o777 == 0o600
    names = ("SITE_URL", "SECRET_KEY_IS_THROWAWAY")
    assert settings_of(*names, ENV_FILE=str(file)) == {"SITE_URL": url, "SECRET_KEY_IS_THROWAWAY": False}


def test_the_first_env_file_is_never_written_over(tmp_path):
    Path(tmp_path / ".env").write_text("SECRET_KEY=kept\n")

    subprocess.run(
        [sys.executable, "-m", "chatsite.first_env"], cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, check=True
    )

    assert Path(tmp_path / ".env").read_text() == "SECRET_KEY=kept\n"


def first_env(directory: Path) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "chatsite.first_env"]
    return subprocess.run(
        words, cwd=directory, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("key", ["SECRET_KEY=kept", "export SECRET_KEY='kept'", "SECRET_KEY=\nSECRET_KEY=kept"])
def test_an_env_file_with_a_key_is_said_to_be_left_as_it_is(tmp_path: Path, key: str):
    Path(tmp_path / ".env").write_text(f"SITE_NAME=Here\n{key}\n")

    done = first_env(tmp_path)

    assert (done.returncode, done.stdout) == (0, ".env is there already, and was left as it is.\n")


@pytest.mark.parametrize("text", ["", "SECRET_KEY=\n", 'SECRET_KEY=x\nSECRET_KEY=""\n', "# SECRET_KEY=x\n"])
def test_an_env_file_without_a_key_is_told_the_line_that_it_lacks(tmp_path: Path, text: str):
    file = tmp_path / ".env"
    file.write_text(text)
    assert settings_of("SECRET_KEY_IS_THROWAWAY", ENV_FILE=str(file)) is True

    done = first_env(tmp_path)

    assert done.returncode == 1
    assert file.read_text() == text
    line = done.stdout.splitlines()[-1]
    file.write_text(f"{text}{line}\n")
    assert settings_of("SECRET_KEY", ENV_FILE=str(file)) == line.removeprefix("SECRET_KEY=")
    assert len(line) > 60


def test_an_env_file_that_cannot_be_read_is_no_traceback(tmp_path: Path):
    (tmp_path / ".env").mkdir()

    done = first_env(tmp_path)

    assert (done.returncode, done.stderr) == (1, "It cannot be read: Is a directory.\n")
