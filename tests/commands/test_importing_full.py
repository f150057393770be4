"""A long file is put down once more while it is looked at, and there may be no room for that."""

from __future__ import annotations

import resource
import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.services.test_importing_long import file_of
from tests.site import MANAGE, Site


def test_where_there_is_no_room_for_what_was_read_is_said_in_one_line(
    site_factory: Callable[..., Site], tmp_path: Path
):
    site = site_factory(TMPDIR=str(tmp_path)).prepare()
    (tmp_path / "room.json").write_bytes(file_of(5_000))

    done = subprocess.run(
        [*MANAGE, "importroom", str(tmp_path / "room.json")],
        env=site._environment(),
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)),
    )

    assert done.returncode == 1
    assert done.stderr == f"CommandError: {tmp_path}: File too large\n"
