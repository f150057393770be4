"""What people sent goes into each backup, from wherever it is taken, and comes back for whoever has to read it."""

from __future__ import annotations

import json
import os
import stat
import tarfile
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from pytest_django import Settings

from chat.management.backups import back_up, put_back
from chat.management.ending import ends_cleanly
from chat.models import Room, User
from tests.commands.backups import MakeSite, pack, refusal
from tests.commands.running import run
from tests.commands.test_backup import send
from tests.factories import make_message
from tests.servers.programs import ROOT
from tests.site import Site


@pytest.fixture
def sent(site_factory: MakeSite) -> Site:
    """A site to which somebody sent a file, and which has ended. Its files lie where it says in few words."""
    site = site_factory()
    site.environment |= {
        "DATABASE_URL": f"sqlite:///{site.directory / 'db.sqlite3'}",
        "MEDIA_ROOT": os.path.relpath(site.directory / "media", ROOT),
    }
    site.prepare().start()
    site.manage("adduser", "ana")
    send(site, site.manage("addtoken", "ana").strip(), "cat.txt", b"meow")
    site.stop()
    return site


def test_a_backup_that_is_taken_from_elsewhere_has_the_files(sent: Site, tmp_path: Path):
    archive, elsewhere = tmp_path / "backup.tar.gz", Site(tmp_path, sent.environment)

    elsewhere.manage("backup", str(archive))

    with tarfile.open(archive) as packed:
        assert [member.size for member in packed if member.isfile() and "/files/" in member.name] == [len(b"meow")]
    assert len([path for path in (sent.directory / "media").rglob("*") if path.is_file()]) == 1


def test_where_all_files_are_away_there_is_no_backup(sent: Site, tmp_path: Path):
    files = sent.directory / "media" / "files"
    files.rename(tmp_path / "away")

    said = refusal(sent, "backup", str(tmp_path / "backup.tar.gz"))

    assert "CommandError: Messages name files (1), and " in said
    assert "/media/files is not there. Is its disk away" in said
    assert list(tmp_path.glob("*.tar.gz")) == []


def test_a_backup_says_how_many_files_it_lacks(
    garden: Room, ana: User, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    settings.MEDIA_ROOT = tmp_path / "media"
    monkeypatch.setattr("chat.management.backups.dumps.dump", Path.touch)
    make_message(garden, ana, files=[SimpleUploadedFile(name, b"meow") for name in ("cat.txt", "tom.txt")])
    gone, *_ = settings.MEDIA_ROOT.glob("files/*/*")
    gone.unlink()

    said = run("backup", str(tmp_path / "backup.tar.gz"))

    assert "1 of the files that messages name is not on the disk, and so not in it." in said
    assert (tmp_path / "backup.tar.gz").exists()


def test_what_comes_back_can_be_read_by_a_server_whatever_the_umask_is(sent: Site, tmp_path: Path):
    archive, again = tmp_path / "backup.tar.gz", Site(tmp_path / "again")
    sent.manage("backup", str(archive))
    again.directory.mkdir()

    before = os.umask(0o077)
    try:
        again.manage("restore", str(archive))
    finally:
        os.umask(before)

    assert [mode(path) for path in sorted((again.directory / "media").rglob("*"))] == [0o755, 0o755, 0o644]
    assert mode(again.directory / "media") == 0o755
    assert mode(again.directory / "db.sqlite3") == 0o600


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """What was told to reach the disk, in turn."""
    told: list[Path] = []
    fsync = os.fsync

    def noted(descriptor: int) -> None:
        told.append(Path(f"/proc/self/fd/{descriptor}").readlink())
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    return told


def test_a_backup_that_is_there_is_on_the_disk(
    settings: Settings, synced: list[Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, db: None
):
    settings.MEDIA_ROOT = tmp_path / "media"
    monkeypatch.setattr("chat.management.backups.dumps.dump", Path.touch)

    back_up(tmp_path / "backup.tar.gz")

    packed, directory = synced
    assert (packed.name, directory) == ("packed", tmp_path)


def test_what_was_put_back_is_on_the_disk_and_so_are_its_names(
    settings: Settings, synced: list[Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, db: None
):
    settings.MEDIA_ROOT = tmp_path / "media"
    monkeypatch.setattr("chat.management.backups.dumps.load", lambda file: None)
    manifest = json.dumps({"format": 1, "engine": connection.vendor}).encode()
    archive = tmp_path / "backup.tar.gz"
    pack(archive, {"manifest.json": manifest, "database": b"", "media/files/ab/early": b"early"})

    with ends_cleanly():
        put_back(archive, replace=True)

    database = Path(connection.settings_dict["NAME"]).parent
    assert [path.name for path in synced[:3]] == ["files", "early", "ab"]
    assert set(synced[3:]) == {settings.MEDIA_ROOT, database}
