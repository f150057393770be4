"""What is loaded is left to itself by Python's collector, and what is made after it is not."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

from tests.site import Site

TOLD = """
from tests.site_settings import *
import gc, signal

def tell(*_):
    print("collects", gc.isenabled(), "left alone", gc.get_freeze_count() > 50_000, flush=True)

signal.signal(signal.SIGUSR1, tell)
"""
RIGHT = "collects True left alone True"


def told(tmp_path: Path) -> dict[str, str]:
    """Settings of a site that says what its collector does, when it is asked by a signal."""
    (tmp_path / "told.py").write_text(TOLD)
    return {"PYTHONPATH": str(tmp_path), "DJANGO_SETTINGS_MODULE": "told"}


def test_in_a_site_that_serves(site_factory: Callable[..., Site], tmp_path: Path):
    site = site_factory(**told(tmp_path)).migrate()
    site.start()

    os.kill(site.pid, signal.SIGUSR1)

    site.wait_for_words("collects")
    assert RIGHT in site.log.read_text()


def test_in_one_that_writes_replies(site_factory: Callable[..., Site], redis_url: str, tmp_path: Path):
    site = site_factory(REDIS_URL=redis_url, **told(tmp_path)).migrate()
    site.start_command("runreplies")
    site.wait_for_words("Writing replies")

    os.kill(site.pid, signal.SIGUSR1)

    site.wait_for_words("collects")
    assert RIGHT in site.log.read_text()


def test_in_a_command(site_factory: Callable[..., Site], tmp_path: Path):
    site = site_factory(**told(tmp_path))

    assert RIGHT in site.manage("shell", "--no-imports", "--command", "from told import tell; tell()")
