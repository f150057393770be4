"""The files of the pages: those that are handed out, are they those of this version?"""

from __future__ import annotations

import filecmp
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders

from chat.services.checkup.findings import Finding, fault, ok

SHOWN_NAMES = 3


def static() -> Iterator[Finding]:
    if not settings.STATIC_IS_COLLECTED:
        yield ok("static", "Handed out from where they are.")
        return
    names = _names()
    if old := [name for name, path in names.items() if not _is_collected(name, path)]:
        shown = ", ".join(islice(old, SHOWN_NAMES)) + (", …" if len(old) > SHOWN_NAMES else "")
        words = f"{len(old)} in {settings.STATIC_ROOT} missing, or of another version: {shown}."
        yield fault("static", words, "manage.py collectstatic --noinput, then start the processes anew.")
    else:
        yield ok("static", f"{len(names)}, of this version.")


def _names() -> dict[str, Path]:
    """Of two with one name the first is collected."""
    found: dict[str, Path] = {}
    for finder in get_finders():
        for name, storage in finder.list([]):
            found.setdefault(name, Path(storage.path(name)))
    return found


def _is_collected(name: str, path: Path) -> bool:
    try:
        return filecmp.cmp(path, Path(settings.STATIC_ROOT) / name, shallow=False)
    except FileNotFoundError:
        return False
