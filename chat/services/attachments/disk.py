"""Bytes on the disk that no row names yet, and that are whole before one does."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from errno import EINVAL
from pathlib import Path

import structlog
from django.core.files.storage import default_storage

from chat.exceptions import DiskFull, FilesNotWritable
from chat.models.attachments import new_place

log = structlog.get_logger(__name__)

READABLE, ENTERED = 0o644, 0o755  # nginx may run as somebody else


def write(pieces: Iterable[bytes]) -> str:
    """A new file; its place. It has reached the disk when this returns: a row is not to outlive its bytes.

    :raises DiskFull: and nothing of it is left.
    """
    place = new_place()
    path = Path(default_storage.path(place))
    with until_full():
        make_way(path.parent)
        try:
            with path.open("xb") as file:
                for piece in pieces:
                    file.write(piece)
                file.flush()
                os.fchmod(file.fileno(), READABLE)
                os.fsync(file.fileno())
            sync(path.parent)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
    return place


def remove(places: Iterable[str]) -> None:
    """What cannot be removed is said; ``manage.py purgefiles`` finds it later."""
    for place in places:
        try:
            Path(default_storage.path(place)).unlink(missing_ok=True)
        except OSError as error:
            log.warning("file_not_removed", error=error.strerror)


@contextmanager
def until_full() -> Iterator[None]:
    """:raises DiskFull: also where it may have room, and cannot be written."""
    try:
        yield
    except OSError as error:
        if DiskFull.is_meant_by(error):
            log.warning("disk_full", error=error.strerror)
            raise DiskFull from error
        if FilesNotWritable.is_meant_by(error):
            log.warning("files_not_writable", error=error.strerror, place=error.filename)
            raise FilesNotWritable from error
        raise


def make_way(directory: Path) -> None:
    """With what is missing above it: nginx has to get through to the files, whatever the umask is."""
    if not directory.is_dir():
        make_way(directory.parent)
        directory.mkdir(exist_ok=True)
        directory.chmod(ENTERED)


def sync(place: Path) -> None:
    """A file; or the names in a directory, which have to reach the disk, too."""
    descriptor = os.open(place, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != EINVAL:  # some disks of a network know of no such thing for directories
            raise
    finally:
        os.close(descriptor)
