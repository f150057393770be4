"""Where things are kept: the tables and their migrations, the disk, and whose clock is right."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from chat.database import FAILED
from chat.models.attachments import PLACE
from chat.services.checkup.databases import in_one_line, knock
from chat.services.checkup.findings import Finding, doubt, fault, ok
from chat.services.checkup.versions import applied, of_a_later_version

LOW_DISK_BYTES = 1024**3
NO_DISK_BYTES = 100 * 1024**2
CLOCK_SECONDS = 5.0  # leases and limits allow for less than this


def migrations() -> Iterator[Finding]:
    try:
        knock()
        yield _compared_with_files()
    except (*FAILED, OSError) as error:
        words = f"The database does not answer: {in_one_line(error)}"
        yield fault("migrations", words, "manage.py doctor database")


def _compared_with_files() -> Finding:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        names = _few([str(migration) for migration, _ in missing])
        return fault("migrations", f"{len(missing)} to be applied: {names}", "manage.py setup")
    if lost := _lost():
        words = f"All applied, and yet tables are not there: {_few(lost)}"
        return fault("migrations", words, "manage.py restore --replace puts a backup back.")
    if later := of_a_later_version(applied()):
        words = f"The tables are those of a later version: {_few(later)}"
        return doubt("migrations", words, "Put that version in place, or restore a backup of this one.")
    return ok("migrations", "All applied.")


def _lost() -> list[str]:
    made = {model._meta.db_table for model in apps.get_models(include_auto_created=True) if model._meta.managed}
    return sorted(made.difference(connection.introspection.table_names()))


def clock() -> Iterator[Finding]:
    """Replies are leased by the database's clock, so the two have to agree."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        row = cursor.fetchone()
    assert row is not None
    yield compared("the database's", row[0])


def compared(whose: str, theirs: datetime) -> Finding:
    apart = abs((datetime.now(UTC) - theirs).total_seconds())
    if apart > CLOCK_SECONDS:
        return fault("clock", f"{apart:.0f} s apart from {whose}.", "Let both machines keep time by NTP.")
    return ok("clock", f"It agrees with {whose}.")


def disk() -> Iterator[Finding]:
    """Where this process writes: a database elsewhere has a disk of its own."""
    places = {Path(settings.MEDIA_ROOT) / PLACE}
    if connection.vendor == "sqlite":
        places.add(Path(str(settings.DATABASES["default"]["NAME"])).parent)
    try:
        places.add(Path(tempfile.gettempdir()))  # what is sent lies there until it is kept
    except FileNotFoundError:
        words = "No directory for temporary files can be written: nobody can send a file."
        yield fault("disk", words, "Make room, or let TMPDIR name one that the account of the site may write to.")
    yield from dict.fromkeys(map(_looked_at, sorted(places)))  # several may lie in the nearest one that is made


def _looked_at(place: Path) -> Finding:
    try:
        found = _existing(place)
        return _room_in(found) if found.is_dir() else _no_directory(found)
    except PermissionError:
        return _out_of_reach(place)


def _few(names: list[str]) -> str:
    return ", ".join(names[:3]) + (", …" if len(names) > 3 else ".")


def _room_in(place: Path) -> Finding:
    free = shutil.disk_usage(place).free
    words = f"{free / 1024**3:.1f} GB free in {place}."
    if not os.access(place, os.W_OK | os.X_OK):
        return _out_of_reach(place)
    if free < NO_DISK_BYTES:
        return fault("disk", words, "Make room at once: nothing can be stored soon.")
    if free < LOW_DISK_BYTES:
        return doubt("disk", words, "Make room.")
    return ok("disk", words)


def _out_of_reach(place: Path) -> Finding:
    return fault("disk", f"{place} cannot be written.", "Give it to the account that runs the site.")


def _no_directory(place: Path) -> Finding:
    remedy = "Let MEDIA_ROOT name a directory; if this is a link, is the disk away that it leads to?"
    return fault("disk", f"{place} is no directory.", remedy)


def _existing(place: Path) -> Path:
    """A directory that is not made yet will lie on the disk of the nearest one that is. A file makes no way for it, and
    neither does a link that leads nowhere."""
    while not os.path.lexists(place):
        place = place.parent
    return place
