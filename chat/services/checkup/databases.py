"""The database: does it answer, is it whole, and does it take what it is given?"""

from __future__ import annotations

import os
import pwd
import secrets
from collections.abc import Iterator
from pathlib import Path

from django.db import DatabaseError, connection, transaction

from chat.database import FAILED
from chat.models import Room
from chat.services.checkup.findings import Finding, doubt, fault, ok
from chat.services.checkup.versions import to_be_applied

GB = 1024**3
MOST_READ_BYTES = 2 * GB
NO_ANSWER = {
    "postgresql": "Start it, or set DATABASE_URL right.",
    "sqlite": "Is its disk full, or its file somebody else's, or damaged? Then: manage.py restore --replace",
}
NOT_TAKEN = {
    "postgresql": "Let the account in DATABASE_URL own the tables, on a server that is not read-only.",
    "sqlite": "Give these files to the account that runs the site, on a disk that may be written.",
}
BUSY = "Ask again in a minute. If it is still so: which import, or which other program, has the file open?"


def database() -> Iterator[Finding]:
    if is_not_made():
        yield _not_made(_file())
        return
    try:
        knock()
        found = [ok("database", _version()), *(_of_the_file() if connection.vendor == "sqlite" else ())]
    except (*FAILED, OSError) as error:
        whose = "" if type(error) is DatabaseError else _whose()  # SQLite says so of what is no database, or is damaged
        yield fault("database", f"It does not answer: {in_one_line(error)}{whose}", NO_ANSWER[connection.vendor])
        return
    yield from found
    yield from _not_taken()


def is_not_made() -> bool:
    """SQLite makes a file that is not there as soon as it is asked anything."""
    return connection.vendor == "sqlite" and not _file().exists()


def knock() -> None:
    """Is it there? Past the pool, which tries for ten seconds and then does not say why."""
    if connection.vendor == "postgresql":
        import psycopg  # eight megabytes, for which a site on SQLite has no use

        with connection.wrap_database_errors:
            psycopg.connect(**connection.get_connection_params()).close()


def in_one_line(error: Exception) -> str:
    """Without the statement, which PostgreSQL shows beneath."""
    return " ".join(str(error).partition("\nLINE ")[0].split())


def _not_made(file: Path) -> Finding:
    if file.parent.is_dir():
        return fault("database", f"{file} is not there.", "manage.py setup makes it; or set DATABASE_URL right.")
    remedy = "Make it, for the account that runs the site; or set DATABASE_URL right."
    return fault("database", f"The directory {file.parent} is not there.", remedy)


def _version() -> str:
    row = _asked("SELECT sqlite_version()" if connection.vendor == "sqlite" else "SHOW server_version")
    return f"{connection.display_name} {row}"


def _of_the_file() -> Iterator[Finding]:
    if _asked("PRAGMA journal_mode") != "wal":
        yield fault("database", "SQLite is not in WAL mode.", "Keep the file on a local disk, not on a network's.")
    if (size := _file().stat().st_size) > MOST_READ_BYTES:
        words = f"It was not read from end to end, for it is long ({size / GB:.1f} GB)."
        yield doubt("database", words, f"Does this say ok? sqlite3 {_file()} 'PRAGMA quick_check'")
    elif (said := _asked("PRAGMA quick_check(1)")) != "ok":
        words = f"It is damaged: {' '.join(said.split())}"
        yield fault("database", words, "manage.py restore --replace puts a backup back.")


def _not_taken() -> Iterator[Finding]:
    """A row is written for real, and taken back: what may be read is not always ours to change."""
    if to_be_applied() or Room._meta.db_table not in connection.introspection.table_names():
        yield from _makes_no_tables()
        return  # the check of migrations says so
    try:
        with transaction.atomic():
            Room.objects.bulk_create([Room(slug=f"checkup-{secrets.token_hex(8)}", name="Checkup")])
            transaction.set_rollback(True)
    except FAILED as error:
        if getattr(error.__cause__, "sqlite_errorname", "").startswith("SQLITE_BUSY"):
            yield doubt("database", "Somebody else writes, and has for longer than anybody waits for a turn.", BUSY)
            return
        yield fault("database", f"It takes nothing: {in_one_line(error)}{_whose()}", NOT_TAKEN[connection.vendor])


def _makes_no_tables() -> Iterator[Finding]:
    """As `createdb` leaves it that was told no owner: PostgreSQL 15 and later let nobody else make any."""
    if connection.vendor != "postgresql":
        return
    if _asked("SELECT coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)") != "True":
        name, account = _asked("SELECT current_database()"), _asked("SELECT current_user")
        remedy = f'As an administrator of PostgreSQL: ALTER DATABASE "{name}" OWNER TO "{account}"'
        yield fault("database", f"In {name} the account {account} may make no tables.", remedy)


def _whose() -> str:
    """Together the three are SQLite's database: a command that ran as root, say, may have left one of them behind."""
    if connection.vendor != "sqlite":
        return ""
    parts = [part for suffix in ("", "-wal", "-shm") if (part := Path(f"{_file()}{suffix}")).exists()]
    owners = [f"{part.name} is of {_account(part.stat().st_uid)}" for part in parts]
    return f" ({', '.join(owners)}; this is {_account(os.geteuid())})"


def _account(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _asked(question: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(question)
        row = cursor.fetchone()
    assert row is not None
    return str(row[0])


def _file() -> Path:
    return Path(str(connection.settings_dict["NAME"]))
