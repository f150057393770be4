"""What serves a site begins on its own tables only: else a rolling restart puts it in the place of one that works."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.servers.processes import free_port
from tests.site import CommandFailed, Site

REFUSED = "CommandError: The tables in the database .*: `manage.py setup` first."
SERVERS = [("serve", "--port=0"), ("runreplies",)]


@pytest.mark.parametrize("words", SERVERS)
def test_it_begins_on_no_database_that_is_not_made(
    site_factory: Callable[..., Site], redis_url: str, words: tuple[str, ...]
):
    site = site_factory(REDIS_URL=redis_url)

    with pytest.raises(CommandFailed, match=REFUSED) as refused:
        site.manage(*words)

    assert "Traceback" not in str(refused.value)
    assert not (site.directory / "db.sqlite3").exists()


@pytest.mark.parametrize("words", SERVERS)
def test_it_begins_on_no_tables_of_an_earlier_version(
    site_factory: Callable[..., Site], redis_url: str, words: tuple[str, ...]
):
    site = site_factory(REDIS_URL=redis_url).migrate()
    site.order("migrate", "--verbosity=0", "chat", "0004")

    with pytest.raises(CommandFailed, match=REFUSED):
        site.manage(*words)


@pytest.mark.parametrize("words", SERVERS)
def test_it_begins_on_no_file_that_is_no_database(
    site_factory: Callable[..., Site], redis_url: str, words: tuple[str, ...]
):
    site = site_factory(REDIS_URL=redis_url)
    (site.directory / "db.sqlite3").write_bytes(b"What a disk left. " * 1000)

    with pytest.raises(CommandFailed, match=r"CommandError: .* cannot be read: file is not a database") as refused:
        site.manage(*words)

    assert "Traceback" not in str(refused.value)


def test_those_of_a_later_version_are_served_too(site_factory: Callable[..., Site]):
    """Migrations are safe while the version before still runs; its processes may have to be started again."""
    site = site_factory().migrate()
    later = "MigrationRecorder(connection).record_applied('chat', '9999_later')"
    site.order("shell", "--verbosity=0", "--command", f"{IMPORTS}\n{later}")

    site.start()


def test_where_a_migration_stands_for_earlier_ones_setup_writes_that_down(
    site_factory: Callable[..., Site], tmp_path: Path
):
    """Of a library, or of ours, after an update: there is nothing else to do."""
    files = tmp_path / "grown" / "migrations"
    files.mkdir(parents=True)
    for package in (files, files.parent):
        (package / "__init__.py").touch()
    (files.parent / "settings.py").write_text(SETTINGS)
    (files / "0001_first.py").write_text(MIGRATION)
    site = site_factory(PYTHONPATH=str(tmp_path), DJANGO_SETTINGS_MODULE="grown.settings")
    site.manage("setup")
    (files / "0001_all.py").write_text(f"{MIGRATION}    replaces = [('grown', '0001_first')]\n")
    with pytest.raises(CommandFailed, match=REFUSED):
        site.manage("serve", "--port=0")

    site.manage("setup")

    site.start()


def test_a_database_that_is_away_is_waited_for(site_factory: Callable[..., Site]):
    site = site_factory(DATABASE_URL=f"postgres://chat@127.0.0.1:{free_port()}/chat").start()

    assert "Traceback" not in site.log.read_text()


IMPORTS = """
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
"""
SETTINGS = """
from chatsite.settings import *
INSTALLED_APPS = [*INSTALLED_APPS, "grown"]
"""
MIGRATION = """
from django.db import migrations
class Migration(migrations.Migration):
    initial = True
"""
