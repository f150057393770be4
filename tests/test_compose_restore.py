"""The lines of docs/operations.md that restore a site of containers, on a PostgreSQL of this machine.

With containers, and all that is around the database: tests/containers/test_kept.py.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from tests.containers.engine import EngineFailed, shell
from tests.containers.test_kept import backup, restore
from tests.servers.postgres import Postgres

# What is to be done in the container of the database is done here, and the rest written down.
DOCKER = """#!/bin/sh
[ "$2 $4" = "exec postgres" ] || { echo "$*" >> asked; exit 0; }
shift 4
exec "$@"
"""


@dataclass(slots=True)
class Host:
    """Where the lines are typed, and the database that they are about."""

    server: Postgres
    directory: Path

    def run(self, lines: str) -> None:
        path = os.pathsep.join([str(self.directory), str(self.server.programs), os.environ["PATH"]])
        shell(lines, self.directory, own={"PATH": path, "PGHOST": "127.0.0.1", "PGPORT": str(self.server.port)})

    def asked(self) -> str:
        return (self.directory / "asked").read_text()

    def execute(self, statement: str, database: str = "chat") -> list[tuple[str]]:
        """As the role that the image makes."""
        address = f"postgres://chat@127.0.0.1:{self.server.port}/{database}"
        with psycopg.connect(address, autocommit=True) as connection:
            done = connection.execute(sql.SQL(statement))
            return done.fetchall() if done.description else []

    def tables(self, database: str = "chat") -> list[str]:
        rows = self.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1", database)
        return [name for (name,) in rows]

    def databases(self) -> set[str]:
        rows = self.execute("SELECT datname FROM pg_database", "postgres")
        return {name for (name,) in rows if name.startswith(("before_", "restored"))}


@pytest.fixture
def host(postgres_server: Postgres, tmp_path: Path) -> Iterator[Host]:
    """Messages, in a database as POSTGRES_USER and POSTGRES_DB make it."""
    (tmp_path / "docker").write_text(DOCKER)
    (tmp_path / "docker").chmod(0o755)
    with psycopg.connect(postgres_server.url("postgres"), autocommit=True) as server:
        server.execute("CREATE ROLE chat SUPERUSER LOGIN")
        server.execute("CREATE DATABASE chat OWNER chat")
        host = Host(postgres_server, tmp_path)
        host.execute("CREATE TABLE chat_message (id bigint PRIMARY KEY, text text)")
        host.execute("INSERT INTO chat_message SELECT number, 'before' FROM generate_series(1, 5000) AS number")
        yield host
        for name in {"chat", *host.databases()}:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
        server.execute("DROP ROLE chat")


def of_a_later_version(host: Host) -> None:
    host.execute("CREATE TABLE chat_wing (message_id bigint REFERENCES chat_message)")
    host.execute("UPDATE chat_message SET text = 'after'")


def test_one_goes_back_before_an_update_that_added_tables(host: Host):
    host.run(backup())
    of_a_later_version(host)

    host.run(restore())

    assert host.tables() == ["chat_message"]
    assert host.execute("SELECT DISTINCT text FROM chat_message") == [("before",)]
    (before,) = host.databases()
    assert host.tables(before) == ["chat_message", "chat_wing"]
    assert "compose up --detach" in host.asked()


def test_a_second_time_what_was_before_stays_too(host: Host):
    host.run(backup())
    host.run(restore())
    (first,) = host.databases()
    host.execute(f"ALTER DATABASE {first} RENAME TO before_yesterday", "postgres")

    host.run(restore())

    assert len(host.databases()) == 2
    assert host.tables() == ["chat_message"]


def test_a_damaged_dump_changes_nothing_and_a_whole_one_can_be_put_back_afterwards(host: Host):
    host.run(backup())
    dump = host.directory / "chat.dump"
    whole = dump.read_bytes()
    dump.write_bytes(whole[:-2000])
    of_a_later_version(host)

    with pytest.raises(EngineFailed, match="pg_restore: error"):
        host.run(restore())

    assert host.tables() == ["chat_message", "chat_wing"]
    assert "compose up" not in host.asked()
    dump.write_bytes(whole)
    host.run(restore())
    assert host.tables() == ["chat_message"]
