"""deploy/rolling-restart.sh stops where going on would leave nobody. Under load: chaos/test_rolling_restart.py."""

from __future__ import annotations

import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.chaos.restarting import SCRIPT, program
from tests.servers.answers import answering
from tests.servers.processes import free_port

NOTE = '#!/bin/sh\necho "$1" >>"{log}"\n'


class Supervised:
    """Processes whose supervisor only notes what it was told to restart."""

    def __init__(self, directory: Path) -> None:
        self.log = directory / "restarted"
        self.restart = program(directory / "restart", NOTE.format(log=self.log))

    @property
    def restarted(self) -> list[str]:
        return self.log.read_text().split() if self.log.exists() else []

    def roll(self, *units: str, running: str = "true", **environment: str) -> subprocess.CompletedProcess[str]:
        own = {"RESTART": self.restart, "RUNNING": running, "READY_SECONDS": "1", "STAY_SECONDS": "1", **environment}
        return subprocess.run(
            [str(SCRIPT), *units], env={"PATH": "/usr/bin:/bin", **own}, capture_output=True, text=True, check=False
        )


@pytest.fixture
def supervised(tmp_path: Path) -> Supervised:
    return Supervised(tmp_path)


def test_nothing_is_restarted_while_one_is_away_or_hangs(supervised: Supervised):
    away = f"chat-web@{free_port()}"

    done = supervised.roll("chat-replies@1", away)

    assert (done.returncode, supervised.restarted) == (1, [])
    assert f"{away} is not ready: nothing was restarted." in done.stderr
    assert f"first, and alone: {supervised.restart} {away}" in done.stderr


def test_the_others_are_left_alone_when_one_does_not_stay(supervised: Supervised):
    until_restarted = program(supervised.log.with_name("running"), f'#!/bin/sh\n[ ! -e "{supervised.log}" ]\n')

    done = supervised.roll("chat-replies@1", "chat-replies@2", running=until_restarted)

    assert (done.returncode, supervised.restarted) == (1, ["chat-replies@1"])
    assert "chat-replies@1 does not stay: the others were left alone" in done.stderr


def test_nothing_is_restarted_while_one_that_writes_replies_is_away(supervised: Supervised):
    done = supervised.roll("chat-replies@1", "chat-replies@2", running="false")

    assert (done.returncode, supervised.restarted) == (1, [])
    assert "chat-replies@1 does not run: nothing was restarted." in done.stderr


def test_those_that_stay_are_restarted_one_after_the_other(supervised: Supervised):
    done = supervised.roll("chat-replies@1", "chat-replies@2")

    assert (done.returncode, supervised.restarted) == (0, ["chat-replies@1", "chat-replies@2"])
    assert done.stdout == "chat-replies@1 is ready\nchat-replies@2 is ready\n"


def test_where_the_way_out_is_by_a_proxy_the_processes_are_asked_themselves(supervised: Supervised):
    with answering(200) as origin:
        unit = f"chat-web@{urlsplit(origin).port}"

        done = supervised.roll(unit, http_proxy=f"http://127.0.0.1:{free_port()}")

    assert (done.returncode, supervised.restarted) == (0, [unit])


def test_without_a_name_it_says_how_it_is_used(supervised: Supervised):
    done = supervised.roll()

    assert (done.returncode, supervised.restarted) == (2, [])
    assert "deploy/rolling-restart.sh chat-web@8001" in done.stderr
    assert done.stderr.startswith("Restarts the processes of a site")
    assert done.stderr.endswith("how long the others are watched.\n")
