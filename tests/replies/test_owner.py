from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from chat.replies.owner import container_of, host_prefix, is_another_alive, is_dead, new_owner
from tests.servers.programs import ROOT

# With a numbering of its processes that is its own, as each container has it.
ELSEWHERE = ["unshare", "--user", "--map-root-user", "--pid", "--fork", sys.executable, "-c"]
JUDGE = "import sys; from chat.replies.owner import *; print(is_dead(sys.argv[1], frozenset()))"
TELL = "from chat.replies.owner import new_owner; print(new_owner())"


def test_a_process_that_lives_is_not_dead() -> None:
    other = f"{host_prefix()}{os.getppid()}:abcd"

    assert not is_dead(other, frozenset())


def test_a_process_that_is_gone_is_dead() -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()

    assert is_dead(f"{host_prefix()}{gone.pid}:abcd", frozenset())


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="only Linux tells it apart from one that lives")
def test_a_killed_process_that_nobody_has_waited_for_is_dead() -> None:
    with subprocess.Popen(["sleep", "60"]) as killed:
        killed.kill()
        os.waitid(os.P_PID, killed.pid, os.WEXITED | os.WNOWAIT)  # it is over, and keeps its number
        owner = f"{host_prefix()}{killed.pid}:abcd"

        assert (is_dead(owner, frozenset()), is_another_alive(owner)) == (True, False)


def test_an_earlier_life_with_our_number_is_dead_and_we_are_not() -> None:
    own = new_owner()

    assert not is_dead(own, frozenset({own}))
    assert is_dead(f"{host_prefix()}{os.getpid()}:earlier", frozenset({own}))


def test_nobody_judges_the_processes_of_other_hosts() -> None:
    assert not is_dead("elsewhere:1:abcd", frozenset())


def test_nobody_judges_the_processes_of_a_container_that_has_the_name_of_its_host() -> None:
    own = new_owner()

    assert in_a_container(JUDGE, own) == "False"

    theirs = in_a_container(TELL)
    assert (is_dead(theirs, frozenset()), is_another_alive(theirs)) == (False, False)


def test_a_container_is_the_same_after_a_restart_and_another_one_is_not() -> None:
    first, restarted, other = (container_of(mounts(number, layer)) for number, layer in ((612, 7), (998, 7), (640, 8)))

    assert first == restarted == "/var/lib/docker/overlay2/7f/diff"
    assert other != first


def test_who_is_in_no_container_is_not_taken_for_one_that_its_machine_runs() -> None:
    assert (
        container_of("27 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n" + mounts(612, 7, at="/var/lib/docker/m")) == ""
    )


def mounts(number: int, layer: int, at: str = "/") -> str:
    """As a container reads them, which its engine has mounted for the so many-th time."""
    written = f"/var/lib/docker/overlay2/{layer}f"
    where = f"lowerdir=/l/A:/l/B,upperdir={written}/diff,workdir={written}/work"
    return (
        f"{number} 600 0:{number - 560} / {at} rw,relatime master:9 - overlay overlay rw,{where}\n"
        f"{number + 1} {number} 0:70 / /proc rw,nosuid - proc proc rw\n"
    )


def in_a_container(program: str, *told: str) -> str:
    done = subprocess.run([*ELSEWHERE, program, *told], cwd=ROOT, capture_output=True, text=True, check=False)
    if "unshare" in done.stderr:
        pytest.skip(f"no container can be made here: {done.stderr.strip()}")
    return done.stdout.strip()
