"""Which migrations tables have seen, and which of them this version of the program knows."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from django.apps import apps
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

FILES = "migrations/[!_~]*.py"  # as Django finds them


def applied() -> list[str]:
    """Like ``chat.0001_initial``, in the order of their names."""
    return sorted(map(".".join, MigrationRecorder(connection).applied_migrations()))


def to_be_applied() -> list[str]:
    """By the names of the files alone: loading them all, as `migrate` does, would make each start slower.

    One that stands for earlier ones, which are applied, is among them: `migrate` does nothing then but write it down.
    """
    files = ((app.label, file.stem) for app in apps.get_app_configs() for file in Path(app.path).glob(FILES))
    return sorted({".".join(name) for name in files} - set(applied()))


def of_a_later_version(names: Iterable[str]) -> list[str]:
    """Those of applications that are installed, which are not here. What an application left behind is no matter."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    known = {".".join(key) for key in loader.disk_migrations}
    replaced = {".".join(key) for migration in loader.disk_migrations.values() for key in migration.replaces}
    return [name for name in names if name.partition(".")[0] in loader.migrated_apps and name not in known | replaced]
