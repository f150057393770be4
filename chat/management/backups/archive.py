from __future__ import annotations

import errno
import gzip
import json
import os
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection
from django.utils import timezone

from chat.management.backups import dumps, files
from chat.management.ending import go_on_to_the_end
from chat.management.plain import told
from chat.management.whereabouts import holds_a_site, require_site
from chat.models.attachments import PLACE
from chat.services.attachments.disk import make_way, sync
from chat.services.checkup.versions import applied, of_a_later_version

FORMAT = 1
PIECE_BYTES = 1_000_000
OF_THE_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO})  # and not of what it was given to keep
UNLIKE_OURS = (tarfile.TarError, zlib.error, OSError, EOFError, ValueError, KeyError, TypeError, RecursionError)
IN_THE_WAY = (
    "The database has tables already that would give way, of a site or of somebody else's: {}. Let DATABASE_URL name "
    "an empty one. With --replace they go for good, or with SQLite under another name."
)
MANIFEST, DATABASE, FILES = "manifest.json", "database", f"media/{PLACE}"


def back_up(file: Path) -> int:
    """Write the archive beside its place first: a full disk leaves no half of one, and a cut of the power neither.

    :returns: how many files are not in it although rows name them, for they are not on the disk.
    :raises CommandError: no site is here, the file is there already, or something cannot be read or written.
    """
    require_site()
    if file.exists():
        raise CommandError(f"{file} is there already. It is not written over.")
    with _workshop(file.parent) as workshop:
        dumps.dump(workshop / DATABASE)
        missing = files.count_missing()
        (workshop / MANIFEST).write_text(json.dumps(_manifest(), indent=2))
        packed = workshop / "packed"
        packed.touch(mode=0o600)
        # A file by two names, or by a link, is written as a file each time: links are not taken out again.
        with tarfile.open(packed, "w:gz", compresslevel=6, dereference=True) as archive:
            for name in (MANIFEST, DATABASE):
                archive.add(workshop / name, arcname=name)
            files.add_all(archive, FILES)
        sync(packed)
        _name(packed, file)
    sync(file.parent)
    return missing


def _name(packed: Path, file: Path) -> None:
    """:raises CommandError: another backup was given this name meanwhile."""
    try:
        file.hardlink_to(packed)
    except FileExistsError as error:
        raise CommandError(f"{file} is there by now. It is not written over.") from error
    except OSError:  # a disk on which nothing has two names
        packed.replace(file)


def put_back(file: Path, *, replace: bool) -> None:
    """The database and the files as they were. What was there before is kept under another name, or refused.

    :raises CommandError: no archive of ours, of another kind of database, or a site is in the way.
    """
    if not replace and holds_a_site():
        raise CommandError("There is a site here already. With --replace it gives way.")
    root = Path(settings.MEDIA_ROOT)
    with _workshop(_near(root)) as workshop:
        _unpack(file, workshop)
        if not replace and (taken := dumps.in_the_way(workshop / DATABASE)):
            raise CommandError(IN_THE_WAY.format(", ".join(taken)))
        files.settle(workshop / FILES)
        with _aside(root / PLACE):
            dumps.load(workshop / DATABASE)
        go_on_to_the_end()
        if (workshop / FILES).is_dir():
            _put_files(workshop / FILES, root / PLACE, rescue=_stamped(workshop.with_name(PLACE), "restored"))
    for directory in sorted({_near(root), *dumps.directories()}):  # what was put there is on the disk, by its new names
        sync(directory)


def _unpack(file: Path, workshop: Path) -> None:
    with file.open("rb") as source:
        made_by, engine, migrations = _taken_out(source, workshop)
    if made_by != FORMAT:
        raise CommandError(f"{file} was made by another version (format {made_by}).")
    if engine != connection.vendor:
        raise CommandError(f"{file} holds a {engine} database, and DATABASE_URL names a {connection.vendor} one.")
    if later := of_a_later_version(migrations):
        raise CommandError(f"{file} was made by a later version, with {later[-1]}. Put that version in place first.")


def _taken_out(source: BinaryIO, workshop: Path) -> tuple[int, str, list[str]]:
    """:raises CommandError: it is not what we wrote. What the disk says is no word on it, and is said as it is."""
    try:
        with gzip.open(source) as packed, tarfile.open(fileobj=packed) as archive:
            for member in archive:
                _take_out(archive, member, workshop)
            while packed.read(PIECE_BYTES):  # the check sum of the whole comes last
                pass
        manifest = json.loads((workshop / MANIFEST).read_text())
        return manifest["format"], manifest["engine"], _names_in(manifest.get("migrations", []))
    except UNLIKE_OURS as error:
        if isinstance(error, OSError) and error.errno in OF_THE_DISK:
            raise
        raise CommandError(f"{source.name} is no backup of a site, or it is damaged: {error}") from error


def _take_out(archive: tarfile.TarFile, member: tarfile.TarInfo, workshop: Path) -> None:
    """Nothing outside, no links, no devices: by ourselves, for Python 3.11 only has it from 3.11.4 on."""
    place = workshop / member.name
    source = archive.extractfile(member) if member.isfile() else None
    if ".." in place.parts or not place.is_relative_to(workshop) or not (source or member.isdir()):
        raise ValueError(f"it holds {member.name}")
    (place.parent if source else place).mkdir(parents=True, exist_ok=True)
    if source:
        with source, place.open("xb") as target:
            shutil.copyfileobj(source, target)
        os.utime(place, (member.mtime, member.mtime))


def _names_in(migrations: Any) -> list[str]:
    if not isinstance(migrations, list) or not all(isinstance(name, str) for name in migrations):
        raise ValueError("its list of migrations is none")
    return migrations


@contextmanager
def _aside(place: Path) -> Iterator[None]:
    """Kept under another name, and back in its place if the database cannot be had."""
    kept = _stamped(place, "before")
    try:
        if place.exists():
            place.rename(kept)
        yield
    except BaseException:
        if kept.exists():
            kept.rename(place)
        raise


def _put_files(found: Path, place: Path, *, rescue: Path) -> None:
    """:raises CommandError: somebody is writing there, say. The database is replaced: nothing is as it was."""
    try:
        make_way(place.parent)
        found.rename(place)
    except OSError as error:
        found.rename(rescue)
        words = f"The database is the restored one, but {place} cannot be made: {error.strerror}."
        raise CommandError(f"{words} Its files lie in {rescue}: move them there, then run manage.py setup.") from error


def _stamped(place: Path, word: str) -> Path:
    return place.with_name(f"{place.name}.{word}-{timezone.now():%Y%m%dT%H%M%S}")


def _manifest() -> dict[str, Any]:
    return {
        "format": FORMAT,
        "engine": connection.vendor,
        "migrations": applied(),
        "made_at": timezone.now().isoformat(),
        "site": settings.SITE_URL,
    }


@contextmanager
def _workshop(place: Path) -> Iterator[Path]:
    """On the disk where the result will lie, so that moving it there is one step."""
    try:
        directory = Path(tempfile.mkdtemp(prefix=".backup-", dir=place))
    except OSError as error:
        raise CommandError(f"{place} cannot be written: {os.strerror(error.errno or 0)}.") from error
    try:
        yield directory
    except OSError as error:
        raise CommandError(f"{told(error)}. Nothing was changed.") from error
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _near(place: Path) -> Path:
    while not place.is_dir():
        place = place.parent
    return place
