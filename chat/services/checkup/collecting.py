"""The files of the pages: those that are handed out, are they those of this version?"""

from __future__ import annotations

import filecmp
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.storage import staticfiles_storage

from chat.services.checkup.findings import Finding, fault, ok

SHOWN_NAMES = 3
ANEW = "manage.py collectstatic --noinput, then start the processes anew."


def static() -> Iterator[Finding]:
    if not settings.STATIC_IS_COLLECTED:
        yield ok("static", "Handed out from where they are.")
        return
    try:
        staticfiles_storage.exists("")  # the list of their names is read, without which no page is drawn
    except ValueError:
        yield fault("static", f"staticfiles.json in {settings.STATIC_ROOT} is damaged: there are no pages.", ANEW)
        return
    names = _names()
    try:
        yield _compared(names)
    except PermissionError as error:
        yield fault("static", f"{error.filename} cannot be read.", "Give it to the account that runs the site.")


def _compared(names: dict[str, Path]) -> Finding:
    if old := [name for name, path in names.items() if not _is_collected(name, path)]:
        shown = ", ".join(islice(old, SHOWN_NAMES)) + (", …" if len(old) > SHOWN_NAMES else "")
        words = f"{len(old)} in {settings.STATIC_ROOT} missing, or of another version: {shown}."
        return fault("static", words, ANEW)
    return ok("static", f"{len(names)}, of this version.")


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
