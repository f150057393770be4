"""Backup and restore that are told to end leave nothing half done."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from chat.management.ending import ends_cleanly, go_on_to_the_end
from tests.commands.backups import MakeSite, write
from tests.servers.postgres import Postgres
from tests.site import Site
from tests.waiting import PATIENCE_SECONDS


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_restore_that_is_told_to_end_leaves_all_as_it_was(
    site_factory: MakeSite, postgres_server: Postgres, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, number: int
):
    monkeypatch.setenv("PATH", f"{postgres_server.programs}{os.pathsep}{os.environ['PATH']}")
    site = site_factory(DATABASE_URL=postgres_server.new_database()).prepare()
    file = site.directory / "media" / "files" / "ab" / "early"
    write(file)
    site.manage("backup", str(tmp_path / "backup.tar.gz"))
    child = never_ending("psql", tmp_path, monkeypatch)

    site.start_command("restore", str(tmp_path / "backup.tar.gz"), "--replace")
    told_to_end(site, child, number)

    assert site.log.read_text() == "Told to end: what was begun is undone.\n"
    assert [path.name for path in (site.directory / "media").iterdir()] == ["files"]
    assert file.read_text() == "early"


def test_a_backup_that_is_told_to_end_leaves_nothing_behind(
    site_factory: MakeSite, postgres_url: Callable[[], str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    site = site_factory(DATABASE_URL=postgres_url()).prepare()
    child = never_ending("pg_dump", tmp_path, monkeypatch)
    place = tmp_path / "backups"
    place.mkdir()

    site.start_command("backup", str(place / "backup.tar.gz"))
    told_to_end(site, child, signal.SIGTERM)

    assert list(place.iterdir()) == []


def test_from_where_it_is_shorter_to_finish_nobody_ends_it_by_hand_either():
    before = signal.getsignal(signal.SIGINT)

    with ends_cleanly():
        go_on_to_the_end()
        meanwhile = signal.getsignal(signal.SIGINT)

    assert meanwhile == signal.SIG_IGN
    assert signal.getsignal(signal.SIGINT) == before


def never_ending(program: str, directory: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """In the place of a program that has much to do; the file will hold its process's id."""
    programs, child = directory / "programs", directory / "child"
    programs.mkdir()
    (programs / program).write_text(f"#!/bin/sh\necho $$ > {child}.new && mv {child}.new {child}\nexec sleep 600\n")
    (programs / program).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    return child


def told_to_end(site: Site, child: Path, number: int) -> None:
    wait_for(child.exists)
    os.kill(site.pid, number)
    wait_for(lambda: site.ended_with is not None)

    assert site.ended_with == 128 + number
    assert not Path(f"/proc/{int(child.read_text())}").exists()


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
