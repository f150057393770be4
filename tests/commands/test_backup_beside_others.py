"""A database may be shared: what belongs to others stays theirs."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import psycopg
import pytest

from tests.commands.backups import MakeSite, people_of, refusal
from tests.servers.postgres import Postgres

THEIRS = ("account_ledger", "auth_invoice", "django_site", "messages_outbox", "sessions_of_court")


@pytest.fixture
def archive(site_factory: MakeSite, postgres_server: Postgres, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Of a site on PostgreSQL with ana in it."""
    monkeypatch.setenv("PATH", f"{postgres_server.programs}{os.pathsep}{os.environ['PATH']}")
    site = site_factory(DATABASE_URL=postgres_server.new_database()).prepare()
    site.manage("adduser", "ana")
    site.manage("backup", str(tmp_path / "backup.tar.gz"))
    return tmp_path / "backup.tar.gz"


def make_tables(address: str, *names: str) -> None:
    with psycopg.connect(address) as database:
        for name in names:
            database.execute(f"CREATE TABLE {name} AS SELECT 7 AS kept")


def kept_in(address: str, *names: str) -> list[int]:
    with psycopg.connect(address) as database:
        found = [database.execute(f"SELECT kept FROM {name}").fetchall() for name in names]
    return [number for rows in found for (number,) in rows]


def test_tables_that_are_only_called_like_ours_stay(site_factory: MakeSite, postgres_server: Postgres, archive: Path):
    address = postgres_server.new_database()
    make_tables(address, *THEIRS)
    site = site_factory(DATABASE_URL=address)

    site.manage("restore", str(archive))

    assert people_of(site) == ["ana"]
    assert kept_in(address, *THEIRS) == [7] * len(THEIRS)
    site.manage("restore", str(archive), "--replace")
    assert kept_in(address, *THEIRS) == [7] * len(THEIRS)


def test_tables_in_the_way_are_named_and_stay(site_factory: MakeSite, postgres_server: Postgres, archive: Path):
    address = postgres_server.new_database()
    make_tables(address, "auth_group", "django_migrations", "chat_wing", "account_ledger")

    said = refusal(site_factory(DATABASE_URL=address), "restore", str(archive))

    assert "somebody else's: auth_group, chat_wing, django_migrations. Let DATABASE_URL name an empty one." in said
    assert kept_in(address, "auth_group", "django_migrations", "chat_wing", "account_ledger") == [7] * 4


def test_what_the_archive_brings_is_in_the_way_where_it_is(
    site_factory: MakeSite, postgres_server: Postgres, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setenv("PATH", f"{postgres_server.programs}{os.pathsep}{os.environ['PATH']}")
    shared, address = postgres_server.new_database(), postgres_server.new_database()
    make_tables(shared, "somebody_elses")
    make_tables(address, "somebody_elses")
    site_factory(DATABASE_URL=shared).prepare().manage("backup", str(tmp_path / "backup.tar.gz"))

    said = refusal(site_factory(DATABASE_URL=address), "restore", str(tmp_path / "backup.tar.gz"))

    assert "somebody else's: somebody_elses." in said


def test_a_file_of_sqlite_s_with_tables_of_others_does_not_give_way(site_factory: MakeSite, tmp_path: Path):
    site_factory().prepare().manage("backup", str(tmp_path / "backup.tar.gz"))
    other = site_factory()
    with sqlite3.connect(other.directory / "db.sqlite3") as database:
        database.execute("CREATE TABLE recipe (id integer)")
    database.close()

    said = refusal(other, "restore", str(tmp_path / "backup.tar.gz"))

    assert "somebody else's: recipe." in said
    assert list(other.directory.glob("*.before-*")) == []
