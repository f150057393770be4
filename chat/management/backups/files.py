"""What people sent, on its way into an archive and out of it."""

from __future__ import annotations

import os
import tarfile
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection

from chat.models import Attachment
from chat.models.attachments import PLACE
from chat.services.attachments import missing_files
from chat.services.attachments.disk import ENTERED, READABLE, sync

GONE = (
    "Messages name files ({count}), and {root} is not there. Is its disk away, or is MEDIA_ROOT another directory? "
    "Where they are lost for good, make that directory, and the backup goes on without them."
)


def count_missing() -> int:
    """How many rows name files that are not on the disk.

    :raises CommandError: because none is: their directory is not where this command looks for it.
    """
    if Attachment._meta.db_table not in connection.introspection.table_names():  # of a version before there were any
        return 0
    missing, root = missing_files(), _root()
    if missing and not root.is_dir():
        raise CommandError(GONE.format(count=missing, root=root))
    return missing


def add_all(archive: tarfile.TarFile, name: str) -> None:
    """After the database, so that whatever a row names is there; what is deleted meanwhile is left out.

    :param name: of their directory, in the archive.
    """
    root = _root()
    for path in _all_in(root):
        try:
            archive.add(path, arcname=f"{name}/{path.relative_to(root).as_posix()}", recursive=False)
        except FileNotFoundError as error:
            _unless_gone(error)


def settle(root: Path) -> None:
    """As each was when it was sent: on the disk, and with its mode, whatever the umask of this command is."""
    for directory, _, names in os.walk(root):
        for name in names:
            _settle(Path(directory, name), READABLE)
        _settle(Path(directory), ENTERED)


def _settle(path: Path, mode: int) -> None:
    path.chmod(mode)
    sync(path)


def _root() -> Path:
    return Path(settings.MEDIA_ROOT) / PLACE


def _all_in(root: Path) -> Iterator[Path]:
    """:raises OSError: a directory cannot be read. Without what is in it this would be no backup."""
    for directory, _, names in os.walk(root, onerror=_unless_gone, followlinks=True):
        yield Path(directory)
        yield from (Path(directory, name) for name in sorted(names))


def _unless_gone(error: OSError) -> None:
    """A link that leads nowhere is not gone: its disk is away."""
    if not isinstance(error, FileNotFoundError) or Path(error.filename).is_symlink():
        raise error
