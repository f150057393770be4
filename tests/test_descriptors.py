from __future__ import annotations

import subprocess
import sys

import pytest

SCRIPT = """
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}))
from chatsite.descriptors import raise_limit
print(raise_limit())
print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


def told(soft: int, hard: int) -> list[str]:
    script = SCRIPT.format(soft=soft, hard=hard)
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split("\n")


def test_a_server_takes_all_the_files_it_may_have():
    assert told(1024, 5000)[:2] == ["", "5000"]


@pytest.mark.parametrize("soft", [256, 1024])
def test_where_that_is_few_it_says_what_to_do(soft: int):
    advice, limit, _ = told(soft, 1024)

    assert limit == "1024"
    assert "only 1024 files" in advice
    assert "LimitNOFILE=65536" in advice
