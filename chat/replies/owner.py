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
    if owner in alive or not owner.startswith(host_prefix()):
        return False
    process_id = int(owner.removeprefix(host_prefix()).split(":")[0])
    if process_id == os.getpid():
        return True  # an earlier life with the same number, as in a restarted container
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
