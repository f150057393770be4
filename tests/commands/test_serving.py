"""What `serve` takes of its machine. Each in a process of its own: a limit that was raised stays raised."""

from __future__ import annotations

import resource
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.servers.programs import ROOT
from tests.site import Site


def limits_of(site: Site) -> tuple[str, str]:
    for line in Path(f"/proc/{site.pid}/limits").read_text().splitlines():
        if line.startswith("Max open files"):
            soft, hard = line.split()[3:5]
            return soft, hard
    raise AssertionError


def test_it_may_open_as_many_sockets_as_the_system_allows(site_factory: Callable[..., Site]):
    site = site_factory().migrate()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 512), hard))
    try:
        site.start()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert limits_of(site) == (str(hard), str(hard))


def uvloop_directory() -> Path | None:
    """Beside the peers of the benchmarks: the site does not need it."""
    found = sorted(ROOT.glob(".venv*/lib/python*/site-packages/uvloop"))
    return found[0] if found else None


@pytest.mark.skipif(uvloop_directory() is None, reason="uvloop is not installed: `make bench` would")
def test_it_runs_and_ends_on_uvloop_where_that_is_installed(site_factory: Callable[..., Site], tmp_path: Path):
    alone = tmp_path / "alone"
    alone.mkdir()
    (alone / "uvloop").symlink_to(uvloop_directory() or "")
    site = site_factory(PYTHONPATH=str(alone)).migrate()
    site.start()

    assert "uvloop/loop." in Path(f"/proc/{site.pid}/maps").read_text()
    site.stop()
    assert site.ended_with == 0
