"""What an archive holds, and that one which is damaged or foreign changes nothing."""

from __future__ import annotations

import errno
import io
import json
import os
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management.base import CommandError
from pytest_django import Settings

from chat.management.backups.archive import _take_out, _unpack, back_up
from tests.commands.backups import MakeSite, pack, people_of, refusal, write


def test_a_damaged_or_foreign_archive_changes_nothing(site_factory: MakeSite, tmp_path: Path):
    site = site_factory().prepare()
    whole, cut, foreign = (tmp_path / name for name in ("whole.tar.gz", "cut.tar.gz", "foreign.tar.gz"))
    site.manage("backup", str(whole))
    cut.write_bytes(whole.read_bytes()[:2000])
    with tarfile.open(foreign, "w:gz") as archive:
        archive.add(whole, arcname="../escaped")
    site.manage("adduser", "ana")

    for broken in (cut, foreign):
        assert "is no backup of a site, or it is damaged" in refusal(site, "restore", str(broken), "--replace")
    missing = tmp_path / "not-there.tar.gz"
    assert f"{missing}: No such file or directory. Nothing was" in refusal(site, "restore", str(missing), "--replace")
    assert people_of(site) == ["ana"]
    assert not (site.directory / "escaped").exists()


def test_a_disk_that_is_full_is_no_damage_of_the_archive(
    site_factory: MakeSite, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    site = site_factory().prepare()
    archive = tmp_path / "backup.tar.gz"
    site.manage("backup", str(archive))

    def full(*files: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(shutil, "copyfileobj", full)
    with pytest.raises(OSError, match="No space left on device"):
        _unpack(archive, tmp_path / "unpacked")


def test_files_by_two_names_and_behind_links_come_back(site_factory: MakeSite, tmp_path: Path):
    site = site_factory().prepare()
    archive, files = tmp_path / "backup.tar.gz", site.directory / "media" / "files"
    write(tmp_path / "elsewhere" / "ab" / "early")
    (tmp_path / "elsewhere" / "ab" / "same").hardlink_to(tmp_path / "elsewhere" / "ab" / "early")
    files.parent.mkdir(exist_ok=True)
    files.symlink_to(tmp_path / "elsewhere")
    site.manage("backup", str(archive))

    again = site_factory()
    again.manage("restore", str(archive))

    restored = again.directory / "media" / "files"
    assert {path.name: path.read_text() for path in restored.glob("*/*")} == {"early": "early", "same": "early"}


@pytest.mark.parametrize("link", ["files", "files/ab", "files/ab/early"])
def test_what_lies_on_a_disk_that_is_away_is_not_left_out(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, db: None, link: str
):
    settings.MEDIA_ROOT = tmp_path / "media"
    place = settings.MEDIA_ROOT / link
    place.parent.mkdir(parents=True)
    place.symlink_to(tmp_path / "disk")
    monkeypatch.setattr("chat.management.backups.dumps.dump", Path.touch)

    with pytest.raises(CommandError, match=rf"{link}: No such file or directory\. Nothing was changed"):
        back_up(tmp_path / "backup.tar.gz")


def test_a_directory_that_cannot_be_read_is_not_left_out(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, db: None
):
    """Root reads everything, so the system says it here by another way."""
    settings.MEDIA_ROOT = tmp_path / "media"
    locked = settings.MEDIA_ROOT / "files" / "ab"
    write(locked / "early")
    look = os.scandir

    def refused(place: Any) -> Any:
        if str(place) == str(locked):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(place))
        return look(place)

    monkeypatch.setattr("chat.management.backups.dumps.dump", Path.touch)
    monkeypatch.setattr(os, "scandir", refused)

    with pytest.raises(CommandError, match=r"files/ab: Permission denied\. Nothing was changed"):
        back_up(tmp_path / "backup.tar.gz")
    assert not (tmp_path / "backup.tar.gz").exists()


def test_a_bit_that_was_flipped_anywhere_is_noticed(site_factory: MakeSite, tmp_path: Path):
    site = site_factory().prepare()
    write(site.directory / "media" / "files" / "ab" / "early")
    archive = tmp_path / "backup.tar.gz"
    site.manage("backup", str(archive))
    whole = archive.read_bytes()

    for place in (len(whole) // 2, len(whole) - 6):  # among the data, and in their check sum
        archive.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(CommandError, match="is no backup of a site, or it is damaged"):
            _unpack(archive, tmp_path / f"unpacked-{place}")
    archive.write_bytes(whole[:-4])
    assert "is no backup of a site, or it is damaged" in refusal(site, "restore", str(archive), "--replace")
    assert (site.directory / "media" / "files" / "ab" / "early").exists()


@pytest.mark.parametrize("migrations", [5, [5], {"chat": 1}, None])
def test_a_manifest_that_says_nothing_of_its_migrations_is_refused(tmp_path: Path, migrations: Any):
    archive = tmp_path / "backup.tar.gz"
    manifest = json.dumps({"format": 1, "engine": "sqlite", "migrations": migrations})
    pack(archive, {"manifest.json": manifest.encode()})

    with pytest.raises(CommandError, match="is no backup of a site, or it is damaged: its list of migrations"):
        _unpack(archive, tmp_path / "unpacked")


def test_a_manifest_that_is_nested_without_end_is_refused(tmp_path: Path):
    archive = tmp_path / "backup.tar.gz"
    pack(archive, {"manifest.json": b"[" * 100_000})

    with pytest.raises(CommandError, match="is no backup of a site, or it is damaged"):
        _unpack(archive, tmp_path / "unpacked")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        *((name, tarfile.REGTYPE) for name in ("/escaped", "../escaped", "inside/../../escaped")),
        *(("inside", kind) for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE)),
    ],
)
def test_what_lies_outside_or_is_no_file_is_not_taken_out(tmp_path: Path, name: str, kind: bytes):
    member, packed = tarfile.TarInfo(name), io.BytesIO()
    member.type, member.linkname = kind, "/etc/passwd"
    with tarfile.open(fileobj=packed, mode="w") as made:
        made.addfile(member)
    packed.seek(0)

    with tarfile.open(fileobj=packed) as archive, pytest.raises(ValueError, match=f"it holds {name}"):
        _take_out(archive, archive.getmembers()[0], tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_an_archive_of_the_other_database_is_refused(
    site_factory: MakeSite, postgres_url: Callable[[], str], tmp_path: Path
):
    archive = tmp_path / "backup.tar.gz"
    site_factory().prepare().manage("backup", str(archive))

    said = refusal(site_factory(DATABASE_URL=postgres_url()), "restore", str(archive))

    assert "holds a sqlite database, and DATABASE_URL names a postgresql one." in said


def test_an_archive_of_a_later_version_is_refused(site_factory: MakeSite, tmp_path: Path):
    site = site_factory().prepare()
    archive, later = tmp_path / "backup.tar.gz", tmp_path / "later.tar.gz"
    site.manage("backup", str(archive))
    with tarfile.open(archive) as ours, tarfile.open(later, "w:gz") as theirs:
        for member in ours:
            file = ours.extractfile(member)
            content = file.read() if file is not None else b""
            if member.name == "manifest.json":
                manifest = json.loads(content)
                assert "chat.0001_initial" in manifest["migrations"]
                content = json.dumps(manifest | {"migrations": [*manifest["migrations"], "chat.9999_wings"]}).encode()
                member.size = len(content)
            theirs.addfile(member, io.BytesIO(content))

    said = refusal(site, "restore", str(later), "--replace")

    assert "was made by a later version, with chat.9999_wings. Put that version in place first." in said
