"""A database as one file, by the tools that each of them has for it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from django.apps import apps
from django.core.management.base import CommandError
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone
from psycopg.conninfo import make_conninfo
from psycopg.pq import Conninfo

from chat.management.ending import go_on_to_the_end
from chat.management.whereabouts import name_of_database
from chat.services.checkup.databases import is_not_made

OF_A_LATER_VERSION = "chat_"  # an earlier version has no models of what a later one made
LISTED = re.compile(r"^\d+; \d+ \d+ TABLE (\S+) (.+) \S+$", re.MULTILINE)  # schema, name, owner
MISSING = "{} is not installed here. It comes with PostgreSQL's client programs (postgresql-client)."


def dump(file: Path) -> None:
    """As of one moment, while the site goes on writing. The directory of the file is made for it, and lies where the
    backup will."""
    if connection.vendor == "sqlite":
        try:
            with connection.cursor() as cursor:
                cursor.execute("VACUUM INTO %s", [str(file)])
        except OperationalError as error:
            raise CommandError(f"The database cannot be copied to {file.parent.parent}: {error}.") from error
    else:
        _ask("pg_dump", "--format=custom", "--no-owner", "--file", str(file))


class Table(NamedTuple):
    schema: str
    name: str

    @property
    def quoted(self) -> str:
        return ".".join(map(connection.ops.quote_name, self))


def in_the_way(file: Path) -> list[str]:
    """Tables that are here, and would not be any more: of SQLite the whole file gives way."""
    if connection.vendor == "sqlite":
        return [] if is_not_made() else sorted(connection.introspection.table_names())
    return [table.name for table in _giving_way(file)]


def load(file: Path) -> None:
    if connection.vendor == "sqlite":
        _put_in_place(file)
    else:
        _put_in_database(file)


def directories() -> list[Path]:
    """Those in which other names stand once a database was put back."""
    return [Path(name_of_database()).parent] if connection.vendor == "sqlite" else []


def _put_in_place(file: Path) -> None:
    """The new file is whole and on its disk before the old one moves."""
    place = Path(name_of_database())
    fresh = place.with_name(place.name + ".new")
    try:
        _copy(file, fresh)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    connection.close()
    aside = f"{place.name}.before-{timezone.now():%Y%m%dT%H%M%S}"
    go_on_to_the_end()  # in the middle of this there is no database
    for suffix in ("", "-wal", "-shm"):  # together they are the database
        part = place.with_name(place.name + suffix)
        if part.exists():
            part.rename(place.with_name(aside + suffix))
    fresh.replace(place)


def _copy(file: Path, fresh: Path) -> None:
    fresh.touch(mode=0o600)
    with file.open("rb") as source, fresh.open("wb") as target:
        shutil.copyfileobj(source, target)
        target.flush()
        os.fsync(target.fileno())


def _put_in_database(file: Path) -> None:
    """In one transaction: what cannot be put back whole leaves the database as it was.

    Tables of a later version, which the archive does not know, would hold on to those it wants to replace.
    """
    drops, script = file.with_suffix(".drops"), file.with_suffix(".sql")
    drops.write_text("".join(f"DROP TABLE IF EXISTS {table.quoted} CASCADE;\n" for table in _giving_way(file)))
    _run("pg_restore", "--clean", "--if-exists", "--no-owner", "--file", str(script), str(file))
    words = ["--quiet", "--no-psqlrc", "--single-transaction", "--set", "ON_ERROR_STOP=1", "--output", os.devnull]
    _ask("psql", *words, "--file", str(drops), "--file", str(script))


def _giving_way(file: Path) -> list[Table]:
    """Ours, and what the archive brings. Others may live in this database, with tables that are called alike."""
    brought = {Table(*found) for found in LISTED.findall(_run("pg_restore", "--list", str(file)))}
    ours = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    ours.add(MigrationRecorder.Migration._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute("SELECT schemaname, tablename, schemaname = current_schema() FROM pg_tables ORDER BY 1, 2")
        here = [(Table(schema, name), is_home) for schema, name, is_home in cursor.fetchall()]
    return [
        table
        for table, is_home in here
        if table in brought or (is_home and (table.name in ours or table.name.startswith(OF_A_LATER_VERSION)))
    ]


def _ask(program: str, *words: str) -> None:
    """The database; the password lies in a file of ours alone: command lines are for everybody to see."""
    address = _address()
    password = address.pop("password", "")
    if not password:  # then it is found where the site finds it, too: in PGPASSWORD, or in a file of libpq's
        _run(program, *words, "--dbname", make_conninfo(**address))
        return
    with tempfile.NamedTemporaryFile("w", prefix="chat-", suffix=".pgpass") as passfile:  # made with mode 600
        passfile.write(_passfile_line(password))
        passfile.flush()
        _run(program, *words, "--dbname", make_conninfo(**{**address, "passfile": passfile.name}), without="PGPASSWORD")


def _run(program: str, *words: str, without: str = "") -> str:
    """What it prints.

    :param without: a variable that it must not find in its environment.
    """
    if shutil.which(program) is None:
        raise CommandError(MISSING.format(program))
    less = ("env", "-u", without) if without else ()
    done = subprocess.run([*less, program, *words], capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    if done.returncode:
        raise CommandError(f"{program}: {done.stderr.strip() or done.returncode}")
    return done.stdout


def _passfile_line(password: str) -> str:
    """For whatever host, port, database and user: there is only one connection."""
    escaped = password.replace("\\", r"\\").replace(":", r"\:")
    return f"*:*:*:*:{escaped}\n"


def _address() -> dict[str, str]:
    """As the site connects: with what DATABASE_URL says beyond the address (`sslmode`, say), as far as libpq's."""
    settings: dict[str, Any] = connection.settings_dict
    known = {option.keyword.decode() for option in Conninfo.get_defaults()}
    beyond = {name: value for name, value in settings["OPTIONS"].items() if name in known}
    names = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD", "dbname": "NAME"}
    given = {**beyond, **{name: settings[key] for name, key in names.items() if settings[key]}}
    return {name: str(value) for name, value in given.items()}
