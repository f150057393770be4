"""A backup for which there is no room."""

from __future__ import annotations

import resource
import subprocess
from pathlib import Path

from tests.commands.backups import MakeSite
from tests.site import MANAGE


def test_a_place_with_no_room_for_the_database_is_named(site_factory: MakeSite, tmp_path: Path):
    site = site_factory().prepare()
    place = tmp_path / "backups"
    place.mkdir()

    done = subprocess.run(
        [*MANAGE, "backup", str(place / "backup.tar.gz")],
        env=site._environment(),
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000)),
    )

    assert done.returncode == 1
    assert done.stderr.startswith(f"CommandError: The database cannot be copied to {place}: ")
    assert list(place.iterdir()) == []
