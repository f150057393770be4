"""A database that may be read, and no more; and one of which a part is gone."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from chat.models import Room
from chat.services.checkup import Grade, databases, examine
from tests.commands.examining import grades
from tests.servers.postgres import Postgres
from tests.servers.programs import ROOT
from tests.site import CommandFailed, Site

MakeSite = Callable[..., Site]
NOBODY = 65534
# Whatever is loaded only when it is used is loaded the first time: nobody may not enter the home of who tests.
AS_NOBODY = f"""
import os, sys
sys.path.insert(0, {str(ROOT)!r})
import django
django.setup()
from django.core.management import call_command
from django.db import connection
call_command("doctor", "database")
connection.close()
for file in sys.argv[1:]:
    os.chown(file, {NOBODY}, -1)
if os.geteuid() == 0:
    os.seteuid({NOBODY})
call_command("doctor", "database")
"""


@pytest.fixture
def site(site_factory: MakeSite) -> Iterator[Site]:
    """In a directory that everybody may enter, and write into."""
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o777)
        made = site_factory().prepare()
        (made.directory / "db.sqlite3").rename(Path(place, "db.sqlite3"))
        made.directory = Path(place)
        yield made


def said_to_nobody(site: Site, *given: Path) -> str:
    """:param given: what becomes nobody's own, where root is asked first: SQLite as root puts owners right."""
    done = subprocess.run(
        [sys.executable, "-c", AS_NOBODY, *given], env=site._environment(), capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


def test_a_file_of_somebody_else_s_takes_nothing(site: Site):
    file = site.directory / "db.sqlite3"
    file.chmod(0o444)

    said = said_to_nobody(site)

    assert "WRONG database   It takes nothing: attempt to write a readonly database (db.sqlite3 is of " in said
    assert f"; this is {databases._account(NOBODY if os.geteuid() == 0 else os.geteuid())})" in said


def test_what_a_command_of_root_s_left_beside_the_file_is_named(site: Site):
    if os.geteuid() != 0:
        pytest.skip("only root leaves files that are not ours")
    file = site.directory / "db.sqlite3"
    with closing(sqlite3.connect(file)) as other:
        other.execute("UPDATE chat_room SET topic = 'root was here'")
        other.commit()

        said = said_to_nobody(site, file)

    assert "WRONG database   It " in said
    assert "db.sqlite3-wal is of root, db.sqlite3-shm is of root; this is nobody)" in said


def test_a_server_that_is_read_only_takes_nothing(site_factory: MakeSite, postgres_url: Callable[[], str]):
    address = postgres_url()
    site = site_factory(DATABASE_URL=address).prepare()
    name = address.rpartition("/")[2]
    with psycopg.connect(address, autocommit=True) as database:
        database.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")

    with pytest.raises(CommandFailed, match=r"WRONG database +It takes nothing: cannot execute INSERT in a read-only"):
        site.manage("doctor", "database")


def test_a_role_that_may_only_read_takes_nothing(site_factory: MakeSite, postgres_url: Callable[[], str]):
    address = postgres_url()
    site = site_factory(DATABASE_URL=address).prepare()
    with psycopg.connect(address, autocommit=True) as database:
        database.execute("DROP ROLE IF EXISTS reader")
        database.execute("CREATE ROLE reader LOGIN")
        database.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")

    with pytest.raises(CommandFailed, match=r"WRONG database +It takes nothing: permission denied for table chat_room"):
        site.beside(DATABASE_URL=address.replace("postgres@", "reader@")).manage("doctor", "database")


def test_what_is_written_to_see_whether_it_can_be_is_taken_back(db: None):
    assert grades("database") == [Grade.OK]
    assert not Room.objects.filter(slug__startswith="checkup").exists()


@pytest.mark.django_db(transaction=True)
def test_who_waits_for_another_to_have_written_is_told_so():
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite has one writer")
    with connection.cursor() as cursor, closing(sqlite3.connect(connection.settings_dict["NAME"])) as other:
        cursor.execute("PRAGMA busy_timeout = 0")
        other.execute("BEGIN IMMEDIATE")

        found = list(examine(["database"]))
    connection.close()

    assert [finding.grade for finding in found] == [Grade.OK, Grade.DOUBT]
    assert found[1].words.startswith("Somebody else writes")


def test_a_file_with_holes_in_it_is_damaged(site: Site):
    file = site.directory / "db.sqlite3"
    pages = file.read_bytes()
    middle = len(pages) // 2 // 4096 * 4096
    file.write_bytes(pages[:middle] + b"\xff" * 4096 * 8 + pages[middle + 4096 * 8 :])

    with pytest.raises(CommandFailed, match=r"WRONG database +(It is damaged: |.*malformed).*\n.*restore --replace"):
        site.manage("doctor", "database")


def test_a_file_that_is_too_long_to_be_read_is_named(db: None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(databases, "MOST_READ_BYTES", 100)

    doubts = [finding for finding in examine(["database"]) if finding.grade is Grade.DOUBT]

    assert connection.vendor != "sqlite" or "'PRAGMA quick_check'" in doubts[0].remedy


@pytest.mark.parametrize("table", ["chat_room", "chat_mention", "django_session"])
def test_a_table_that_is_gone_is_a_fault(site: Site, table: str):
    with closing(sqlite3.connect(site.directory / "db.sqlite3")) as database:
        database.execute(f"DROP TABLE {table}")

    with pytest.raises(CommandFailed, match=rf"WRONG migrations All applied, and yet tables are not there: {table}\."):
        site.manage("doctor", "database", "migrations")


def test_a_table_that_is_gone_from_a_server_is_a_fault(site_factory: MakeSite, postgres_url: Callable[[], str]):
    address = postgres_url()
    site = site_factory(DATABASE_URL=address).prepare()
    with psycopg.connect(address, autocommit=True) as database:
        database.execute("DROP TABLE chat_mention CASCADE")

    with pytest.raises(CommandFailed, match=r"tables are not there: chat_mention\."):
        site.manage("doctor", "database", "migrations")


def test_an_account_that_may_make_no_tables_is_told_how_it_gets_to(site_factory: MakeSite, postgres_server: Postgres):
    address = postgres_server.new_database()
    with psycopg.connect(address, autocommit=True) as administrator:
        administrator.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        administrator.execute("CREATE ROLE tableless LOGIN")
    site = site_factory(DATABASE_URL=address.replace("postgres@", "tableless@"))

    with pytest.raises(CommandFailed, match=r"\(permission denied for schema public\)\. `manage\.py doctor` says why"):
        site.manage("setup")
    with pytest.raises(
        CommandFailed, match=r"may make no tables\.\n.*ALTER DATABASE \"chat_\d+\" OWNER TO \"tableless\""
    ):
        site.manage("doctor", "database")
