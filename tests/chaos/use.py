"""What a running process takes of its machine."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tests.site import Site


@dataclass(frozen=True, slots=True)
class Use:
    """``files`` are those that whoever comes and goes could leave behind.

    What leads to the database or the broker is not counted: pools, and threads that keep a connection, grow as they
    are needed, up to their size, and stay.
    """

    memory: int
    files: int

    @property
    def megabytes(self) -> int:
        return self.memory // 1024**2


def use_of(site: Site) -> Use:
    pages = int(Path(f"/proc/{site.pid}/statm").read_text().split()[1])
    pooled = connections_to(*(site.environment.get(name, "") for name in ("DATABASE_URL", "REDIS_URL")))
    files = sum(link not in pooled and ".sqlite3" not in link for link in open_files(site.pid))
    return Use(pages * os.sysconf("SC_PAGE_SIZE"), files)


def open_files(pid: int) -> list[str]:
    """What each descriptor leads to; one that is closed just now to nothing."""
    found = []
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found.append(str(descriptor.readlink()))
        except FileNotFoundError:
            continue
    return found


def connections_to(*urls: str) -> set[str]:
    """The sockets of this machine that lead to these servers, as descriptors name them."""
    ports = {f"{urlsplit(url).port:04X}" for url in urls if url and urlsplit(url).port}
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {f"socket:[{row[9]}]" for row in rows if row[2].rpartition(":")[2] in ports}
