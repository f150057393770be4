"""Make each fault once, and write down what was seen: ``python -m tests.chaos.report`` writes docs/reliability.md."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.servers.programs import ROOT

TARGET = ROOT / "docs" / "reliability.md"
TESTS = "tests/chaos/test_faults.py"
HEAD = """# Reliability

Written by `python -m tests.chaos.report`, which makes each fault once; `make test` makes them, too. \
Made {day}, on {machine}.

The load: 50 sockets in one room, 10 posts a second and 2 more that are edited or deleted, three replies streaming. \
Two processes over PostgreSQL and Redis; or all as it is deployed: these behind nginx, and one for replies; or one \
process on embedded defaults (SQLite, no Redis). After each fault:

- every post that was acknowledged is stored, once, and nothing that was said is stored twice;
- every client shows the same messages in the same state, each once, and those that are stored;
- what was not acknowledged was sent again by the clients, under the same client id;
- every reply has come to one end;
- after 60 s at most, memory is back within 10 % in each process, and so are the open files of all together \
(connections to the database and to Redis are not counted: pools grow once, and stay).

**Healed** is the time from the end of the fault until everything said up to then was with all clients, \
while the load went on; a server that is started again counts from its first answer. We look ten times a second.

**So many connects** are the first that the process sees. It is on jemalloc, as wherever that is installed; once \
they have left, the database's threads begin anew (each keeps a megabyte with its connection of SQLite), and all is \
collected. With nobody else there, on SQLite, 130 MB became 195 with the 2,000 sockets, 138 once they had left, and \
again 138 after 2,000 more. With Python's own allocator 126 MB become 182 and stay so, for the next crowd: it gives \
back 1 MB at a time, when nothing in it is used, and one small thing that stays holds as much as a thousand. The C \
library's (`PYTHONMALLOC=malloc`), told to give back free pages, came to 138 as well, but an idle socket takes 24 KB \
there instead of 20 (jemalloc: 22).

| what went wrong | on | healed | posts stored | sent again | replies | memory and files of each process | |
|:--|:--|--:|--:|--:|:--|:--|:--|
"""


def main() -> int:
    where = machine()
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "rows"
        environment = {**os.environ, "RELIABILITY_ROWS": str(path)}
        done = subprocess.run([sys.executable, "-m", "pytest", "-q", TESTS], env=environment, cwd=ROOT, check=False)
        found = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    TARGET.write_text(HEAD.format(day=datetime.now(UTC).date(), machine=where) + "".join(map(line_of, found)))
    return done.returncode


def line_of(row: dict[str, Any]) -> str:
    cells = (
        row["fault"].replace("_", " "),
        row["on"],
        f"{row['recovered_seconds']:.1f} s",
        row["posts"],
        row["resent"],
        ", ".join(f"{count} {status}" for status, count in sorted(row["replies"].items())),
        "; ".join(row["grown"]),
        "; ".join([*row["notes"], *(f"**{wrong}**" for wrong in row["wrong"])]),
    )
    return "| " + " | ".join(map(str, cells)) + " |\n"


def machine() -> str:
    place = f"{os.cpu_count()} cores ({platform.machine()}), {platform.system()}, Python {platform.python_version()}"
    return f"{place}, shared with the clients and whatever else ran there (load average {os.getloadavg()[0]:.0f})"


if __name__ == "__main__":
    sys.exit(main())
