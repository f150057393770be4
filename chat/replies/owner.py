"""Who this process is, as leases know it: host, process id, and something random, for process ids come again."""

from __future__ import annotations

import functools
import hashlib
import os
import re
import secrets
import socket
from contextlib import suppress
from pathlib import Path

BOOT = Path("/proc/sys/kernel/random/boot_id")
MOUNTS = Path("/proc/self/mountinfo")
NUMBERING = Path("/proc/self/ns/pid")
_LAYER = re.compile(r"^\S+ \S+ \S+ \S+ / .*[ ,]upperdir=([^ ,]+)", re.MULTILINE | re.ASCII)


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
    """Where a process id means the same process, as long as the machine is not started anew. Only the name of the host
    counts where a system tells of neither."""
    told = ""
    with suppress(OSError):
        told = BOOT.read_text()
        told += container_of(MOUNTS.read_text()) or str(NUMBERING.readlink())
    return hashlib.sha256(told.encode()).hexdigest()[:12]


def container_of(mounts: str) -> str:
    """Where what it writes lies, empty outside of one. A restarted container is the same, though it counts anew: its
    earlier life is surely gone, and what that left is taken over at once."""
    layer = _LAYER.search(mounts)
    return layer[1] if layer else ""


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
    return not _is_only_a_number(process_id)


def _is_only_a_number(process_id: int) -> bool:
    """It was killed, and whoever started it has not asked how it ended: nobody does in a container without an init."""
    with suppress(OSError):
        return Path(f"/proc/{process_id}/stat").read_text(errors="replace").rpartition(")")[2].split()[0] in "ZX"
    return False
