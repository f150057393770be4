"""How many files a process may have open: each socket is one, and most systems begin with 1,024."""

from __future__ import annotations

import resource

ENOUGH = 4096
MOST = 1_048_576  # where the system knows no limit, it still takes no larger number


def raise_limit() -> str:
    """Take as many as we may have. If that is few: what to do about it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST if hard == resource.RLIM_INFINITY else hard
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    if wanted >= ENOUGH:
        return ""
    return (
        f"This process may have only {wanted} files open, so fewer sockets than that. Raise it where the server is "
        "started: LimitNOFILE=65536 (systemd), --ulimit nofile=65536 (Docker), ulimit -Hn 65536 (a shell of root)."
    )
