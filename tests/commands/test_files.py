"""What lies on the disk and belongs to nobody, and what should lie there and does not."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import Settings

from chat.models import Room, User
from chat.services.attachments import keep_files, unnamed_files
from tests.commands.running import complaint, run
from tests.factories import make_message
from tests.site import CommandFailed, Site

DAY = 24 * 3600


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def upload(name: str = "a.txt") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, b"a" * 200_000)


def kept(media: Path) -> set[Path]:
    return {path for path in media.rglob("*") if path.is_file()}


def age(paths: set[Path]) -> None:
    """As if they had been there since the day before yesterday."""
    for path in paths:
        os.utime(path, (time.time() - 2 * DAY,) * 2)


def test_only_what_is_old_and_belongs_to_nobody_is_removed(garden: Room, ana: User, media: Path):
    make_message(garden, ana, files=[upload()])
    named = kept(media)
    keep_files([upload()])  # and then the process was killed
    age(kept(media))
    keep_files([upload()])  # of somebody who is posting it just now
    now = kept(media)

    assert run("purgefiles", "--dry-run") == "1 file, 0.2 MB: would be removed."
    assert kept(media) == now
    assert run("purgefiles") == "1 file, 0.2 MB: removed."

    assert len(kept(media)) == 2
    assert named < kept(media)
    assert run("purgefiles") == "0 files, 0.0 MB: removed."


def test_two_at_once_do_not_stumble_over_each_other(garden: Room, ana: User, media: Path):
    keep_files([upload(), upload()])
    age(kept(media))

    one, other = unnamed_files(), unnamed_files()
    found = [next(one), next(other)]
    for path in kept(media):
        path.unlink()

    assert [size for _, size in (*found, *one, *other)] == [200_000] * 4
    assert run("purgefiles") == "0 files, 0.0 MB: removed."


def test_a_database_in_which_nobody_is_takes_nobodys_files(db: None, media: Path):
    keep_files([upload()])
    age(kept(media))

    assert complaint("purgefiles").startswith("Nobody has an account in the database ")
    assert len(kept(media)) == 1


def test_without_a_site_no_files_are_removed(site_factory: Callable[..., Site]):
    site = site_factory()
    file = site.directory / "media" / "files" / "ab" / "plan.txt"
    file.parent.mkdir(parents=True)
    file.write_text("plan")
    age({file})

    with pytest.raises(CommandFailed, match=r"There is no site in the database .*db\.sqlite3\."):
        site.manage("purgefiles")
    assert file.exists()


def test_the_doctor_counts_and_misses_them(garden: Room, ana: User, media: Path):
    make_message(garden, ana, files=[upload()])
    assert run("doctor", "files") == "ok    files      1, 0.2 MB."

    keep_files([upload()])
    age(kept(media))
    assert "look  files      1 (0.2 MB) belong to no message any more.\n" in run("doctor", "files")

    for path in kept(media):
        path.unlink()
    assert complaint("doctor", "files") == "1 thing to be put right."
