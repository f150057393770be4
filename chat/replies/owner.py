"""Who this process is, as leases know it: host, process id, and something random, for process ids come again."""

from __future__ import annotations

import functools
import hashlib
import os
import secrets
import socket
from contextlib import suppress
from pathlib import Path

WHERE_NUMBERS_COUNT = Path("/proc/sys/kernel/random/boot_id"), Path("/proc/self/ns/pid")


def new_owner() -> str:
    return f"{host_prefix()}{os.getpid()}:{secrets.token_hex(4)}"


def host_prefix() -> str:
    """A name does not make a host: two machines may have the same, and so have containers on the network of theirs. All
    of them begin to count their processes at one, and would hold each other's for dead."""
    return f"{socket.gethostname()[:80]}@{_numbering()}:"


def is_dead(owner: str, alive: frozenset[str]) -> bool:
    """True only if the owner was a process of this host that is surely gone. ``alive`` are this process's own names."""
    if owner in alive or (process_id := _process_here(owner)) is None:
        return False
    # With our own number it is an earlier life, as in a restarted container.
    return process_id == os.getpid() or not _exists(process_id)


def is_another_alive(owner: str) -> bool:
    """True only if the owner is another process of this host, and there."""
    process_id = _process_here(owner)
    return process_id is not None and process_id != os.getpid() and _exists(process_id)


@functools.cache
def _numbering() -> str:
    """Where a process id means the same process: in one container, as long as its machine is not started anew. Only the
    name counts where a system tells of neither."""
    told = ""
    for path in WHERE_NUMBERS_COUNT:
        with suppress(OSError):
            told += str(path.readlink()) if path.is_symlink() else path.read_text()
    return hashlib.sha256(told.encode()).hexdigest()[:12]


def _process_here(owner: str) -> int | None:
    if not owner.startswith(host_prefix()):
        return None
    return int(owner.removeprefix(host_prefix()).split(":")[0])


def _exists(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
