"""Who this process is, as leases know it: host, process id, and something random, for process ids come again."""

from __future__ import annotations

import os
import secrets
import socket


def new_owner() -> str:
    return f"{host_prefix()}{os.getpid()}:{secrets.token_hex(4)}"


def host_prefix() -> str:
    return f"{socket.gethostname()[:80]}:"


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
