"""Bytes that no row names: of a process that was killed while it kept them, or of rows that went without a word."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from django.core.files.storage import default_storage

from chat.models import Attachment
from chat.models.attachments import PLACE

YOUNG_SECONDS = 24 * 3600  # so young that somebody may still be about to name it


def unnamed_files(*, now: float | None = None) -> Iterator[Path]:
    """The disk is read before the rows: what is kept meanwhile is not mistaken."""
    root = Path(default_storage.path(PLACE))
    old = (now or time.time()) - YOUNG_SECONDS
    found = [path for path in root.glob("*/*") if path.is_file() and path.stat().st_mtime < old]
    named = set(Attachment.objects.places()) if found else set()
    for path in found:
        if f"{PLACE}/{path.relative_to(root).as_posix()}" not in named:
            yield path


def missing_files() -> int:
    """How many rows name bytes that are not there."""
    return sum(not Path(default_storage.path(place)).is_file() for place in Attachment.objects.places())
