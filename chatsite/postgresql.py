"""Lines to PostgreSQL, and the pool that keeps them: nobody waits at a dead one, and none is kept that is no good."""

from __future__ import annotations

import threading
from typing import Any

import psycopg
from psycopg.abc import RV, PQGen
from psycopg_pool import ConnectionPool

# A line whose other end is gone without a word is dead after five seconds; the system would wait for a quarter of an
# hour, and so would each thread that asks by it.
LINE = {
    "connect_timeout": 5,
    "keepalives_idle": 2,
    "keepalives_interval": 1,
    "keepalives_count": 3,
    "tcp_user_timeout": 5000,
}
ANSWER_SECONDS = 20.0  # as long as SQLite waits for its file; a room is held for ten at most

SESSION = (
    # A message is shown with what a dozen tables say of it. Joined as they are written, which is from the message on by
    # primary keys, planning takes 1.4 ms; to look for a better order took 6 to 22 ms for each page, and found none.
    "-c join_collapse_limit=1",
    # Whoever is gone in the middle of a transaction would hold their room for two hours.
    "-c idle_in_transaction_session_timeout=10s",
)


class Line(psycopg.Connection[Any]):
    """On which an answer is not waited for without end.

    Where a proxy or a pooler stands between, it confirms whatever is sent, also when its server is gone without a word:
    the system sees a line that lives, and the thread that has asked by it would wait for as long as the proxy does.
    """

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        try:
            return super().wait(gen, interval, timeout or _patience())
        except psycopg.errors._WaitTimeout:
            self.close()  # an answer that comes after all would be taken for that to the next question
            raise


def _patience() -> float | None:
    """A command does by its main thread what may take long, as a migration; whoever serves asks by others."""
    return None if threading.current_thread() is threading.main_thread() else ANSWER_SECONDS


def _give_up_unwritable(line: psycopg.Connection[Any]) -> None:
    """A session that was opened read-only, as where a disk is nearly full, stays so when everybody else may write; the
    pool would hand it out for an hour. Since PostgreSQL 14 each line is told, so that it need not be asked.

    :raises psycopg.OperationalError: the pool closes it then, and opens another one.
    """
    if line.pgconn.parameter_status(b"default_transaction_read_only") == b"on":
        raise psycopg.OperationalError("It was opened read-only, and is not kept.")


def _begin_anew(pool: ConnectionPool[Any]) -> None:
    """It would be begun by the next who asks, but whoever waits already may be the last."""
    if pool.get_stats().get("requests_waiting"):
        pool.check()


# A pool tries less and less often, until after five minutes it gives up: a site would stay away for as long again as
# its database was. One that gives up at once, and is begun anew, tries each second.
POOL: dict[str, Any] = {
    "connection_class": Line,
    "min_size": 1,
    "max_size": 20,
    "timeout": 10,
    "reconnect_timeout": 2,
    "reconnect_failed": _begin_anew,
    "reset": _give_up_unwritable,
}
