"""What the image says of itself. It is run in tests/containers, where Docker is."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest

from tests.servers.answers import answering
from tests.servers.processes import free_port
from tests.servers.programs import ROOT

OF_THE_IMAGE = "http://127.0.0.1:8000"


def is_well(address: str, **environment: str) -> bool:
    """By the image's own word, asked of another port."""
    (check,) = re.findall(r"^HEALTHCHECK .*\\\n +CMD (\[.*\])$", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    _, *words = json.loads(check.replace(OF_THE_IMAGE, address))
    done = subprocess.run(
        [sys.executable, *words], env={"PATH": os.environ["PATH"], **environment}, capture_output=True, check=False
    )
    return done.returncode == 0


@pytest.mark.parametrize("environment", [{}, {"http_proxy": f"http://127.0.0.1:{free_port()}"}], ids=["", "a proxy"])
def test_a_process_that_lives_is_well_also_where_the_way_out_is_by_a_proxy(environment: dict[str, str]):
    with answering(200) as address:
        assert is_well(address, **environment)


def test_one_that_does_not_answer_is_not_well():
    with answering(500) as address:
        assert not is_well(address)
    assert not is_well(address)
