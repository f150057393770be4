from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

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
        yield from PARTS[part]()
    except DatabaseError as error:  # it is away, or its tables are not made yet, or are those of another version
        yield fault(
            part, f"The database refuses: {databases.in_one_line(error)}", "manage.py doctor database migrations"
        )
    except Exception as error:  # noqa: BLE001 - the patient may have anything
        yield fault(part, f"It could not be examined: {error!r}", "Please report this.")
