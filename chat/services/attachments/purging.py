"""Bytes that no row names: of a process that was killed while it kept them, or of rows that went without a word."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path

from django.core.files.storage import default_storage

from chat.models import Attachment
from chat.models.attachments import PLACE

YOUNG_SECONDS = 24 * 3600  # so young that somebody may still be about to name it


def unnamed_files(*, now: float | None = None) -> Iterator[tuple[Path, int]]:
    """With their sizes. The disk is read before the rows: what is kept meanwhile is not mistaken."""
    root = Path(default_storage.path(PLACE))
    old = (now or time.time()) - YOUNG_SECONDS
    found = [(path, about.st_size) for path in root.glob("*/*") if (about := _about(path)) and about.st_mtime < old]
    named = set(Attachment.objects.places()) if found else set()
    for path, size in found:
        if f"{PLACE}/{path.relative_to(root).as_posix()}" not in named:
            yield path, size


def _about(path: Path) -> os.stat_result | None:
    """Of a file; somebody else may remove them, too."""
    try:
        about = path.stat()
    except FileNotFoundError:
        return None
    return about if stat.S_ISREG(about.st_mode) else None


def missing_files() -> int:
    """How many rows name bytes that are not there."""
    return sum(not Path(default_storage.path(place)).is_file() for place in Attachment.objects.places())
