from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from threading import Thread

from django.db import DatabaseError

from chat.services.checkup import carrying, collecting, databases, files, keeping, passing, reaching, replying
from chat.services.checkup.findings import Finding, Grade, fault

PARTS: Mapping[str, Callable[[], Iterator[Finding]]] = {
    "database": databases.database,
    "migrations": keeping.migrations,
    "clock": keeping.clock,
    "disk": keeping.disk,
    "files": files.files,
    "static": collecting.static,
    "broker": carrying.broker,
    "cache": carrying.caching,
    "mail": carrying.mail,
    "assistants": reaching.assistants,
    "replies": replying.replies,
    "key": reaching.key,
    "address": reaching.address,
    "proxy": passing.passing,
}
NEEDS: Mapping[str, frozenset[str]] = {
    "migrations": frozenset({"database"}),
    "clock": frozenset({"database"}),
    "files": frozenset({"database", "migrations"}),
    "cache": frozenset({"broker"}),
    "assistants": frozenset({"database", "migrations"}),
    "replies": frozenset({"database", "migrations"}),
    "proxy": frozenset({"address"}),
}
# They ask servers that may answer without end, a byte at a time. None asks the database: a line to it is of one thread.
BOUNDED = frozenset({"mail", "address", "proxy"})
MOST_SECONDS = 30


def examine(parts: Iterable[str] = PARTS) -> Iterator[Finding]:
    """One finding after the other, as they come. What stands on something broken is not asked."""
    broken: set[str] = set()
    for part in parts:
        if broken & NEEDS.get(part, frozenset()):
            continue
        for finding in _guarded(part):
            if finding.grade is Grade.FAULT:
                broken.add(part)
            yield finding


def _guarded(part: str) -> Iterator[Finding]:
    """A check that breaks is a finding of its own: the others go on."""
    if "database" in NEEDS.get(part, ()) and databases.is_not_made():
        yield fault(part, "There is no database yet.", "manage.py doctor database")
        return
    try:
        yield from _in_time(PARTS[part]) if part in BOUNDED else PARTS[part]()
    except TimeoutError:
        words = f"It began to answer, and had not ended after {MOST_SECONDS} s."
        yield fault(part, words, "Look at what answers there: does it hang, or is something between?")
    except DatabaseError as error:  # it is away, or its tables are not made yet, or are those of another version
        yield fault(
            part, f"The database refuses: {databases.in_one_line(error)}", "manage.py doctor database migrations"
        )
    except Exception as error:  # noqa: BLE001 - the patient may have anything
        yield fault(part, f"It could not be examined: {error!r}", "Please report this.")


def _in_time(part: Callable[[], Iterator[Finding]]) -> list[Finding]:
    """:raises TimeoutError: what goes on asking is left behind, and ends with the command."""
    answer: Future[list[Finding]] = Future()

    def ask() -> None:
        try:
            answer.set_result(list(part()))
        except Exception as error:  # noqa: BLE001 - told where it is waited for
            answer.set_exception(error)

    Thread(target=ask, daemon=True).start()
    return answer.result(MOST_SECONDS)
