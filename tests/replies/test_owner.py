from __future__ import annotations

import os
import subprocess
import sys

from chat.replies.owner import host_prefix, is_dead, new_owner


def test_a_process_that_lives_is_not_dead() -> None:
    other = f"{host_prefix()}{os.getppid()}:abcd"

    assert not is_dead(other, frozenset())


def test_a_process_that_is_gone_is_dead() -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()

    assert is_dead(f"{host_prefix()}{gone.pid}:abcd", frozenset())


def test_an_earlier_life_with_our_number_is_dead_and_we_are_not() -> None:
    own = new_owner()

    assert not is_dead(own, frozenset({own}))
    assert is_dead(f"{host_prefix()}{os.getpid()}:earlier", frozenset({own}))


def test_nobody_judges_the_processes_of_other_hosts() -> None:
    assert not is_dead("elsewhere:1:abcd", frozenset())
