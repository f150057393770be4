"""What serves a site begins on its own tables only: else a rolling restart puts it in the place of one that works."""

from __future__ import annotations

from collections.abc import Callable

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


def test_those_of_a_later_version_are_served_too(site_factory: Callable[..., Site]):
    """Migrations are safe while the version before still runs; its processes may have to be started again."""
    site = site_factory().migrate()
    later = "MigrationRecorder(connection).record_applied('chat', '9999_later')"
    site.order("shell", "--verbosity=0", "--command", f"{IMPORTS}\n{later}")

    site.start()


def test_a_database_that_is_away_is_waited_for(site_factory: Callable[..., Site]):
    site = site_factory(DATABASE_URL=f"postgres://chat@127.0.0.1:{free_port()}/chat").start()

    assert "Traceback" not in site.log.read_text()


IMPORTS = """
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
"""
