from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from pytest_django import Settings

from chat.models import Reply, Room, User
from chat.replies import alive
from chat.services.checkup import Grade, examine
from chat.services.checkup.keeping import compared
from tests.commands.examining import grades
from tests.commands.running import complaint, run
from tests.factories import make_assistant, make_reply, start_reply
from tests.servers.answers import answering
from tests.site import CommandFailed, Site

MakeUrl = Callable[[], str]


def test_a_site_that_has_all_it_needs_is_well(db: None, settings: Settings):
    settings.MEDIA_ROOT = Path(tempfile.gettempdir()) / "not" / "there" / "yet"
    make_assistant("well", provider="demo")

    with answering(200) as settings.SITE_URL:
        printed = run("doctor")

    assert "WRONG" not in printed
    assert "ok    assistants well: Built in" in printed
    assert printed.count("GB free") == 1
    assert f"ok    address    {settings.SITE_URL} answers." in printed


def test_it_examines_only_what_it_is_asked_to(db: None):
    assert run("doctor", "migrations") == "ok    migrations All applied."
    assert complaint("doctor", "spleen").startswith("There is no spleen to examine, only database, ")


def test_pages_of_another_version_are_to_be_collected_anew(site_factory: Callable[..., Site], tmp_path: Path):
    site = site_factory(STATIC_ROOT=str(tmp_path / "collected"))
    assert "ok    static     Handed out from where they are." in site.manage("doctor", "static")
    site.manage("collectstatic", "--noinput")
    assert "of this version." in site.manage("doctor", "static")
    (tmp_path / "collected/mark.svg").write_text("<svg>of old</svg>")
    (tmp_path / "collected/css/usage.css").unlink()

    with pytest.raises(CommandFailed) as refused:
        site.manage("doctor", "static")

    said = str(refused.value)
    assert "WRONG static     2 in " in said
    assert "mark.svg" in said
    assert "css/usage.css" in said
    assert "→ manage.py collectstatic" in said


def test_a_new_database_wants_its_migrations(site_factory: Callable[..., Site]):
    with pytest.raises(CommandFailed) as refused:
        new_site(site_factory).manage("doctor", "database", "migrations", "assistants")

    said = str(refused.value)
    assert "WRONG migrations" in said
    assert "→ manage.py setup" in said
    assert "assistants" not in said.partition("\n")[2]


@pytest.mark.parametrize("part", ["files", "assistants"])
def test_tables_that_are_not_made_are_nothing_to_report(
    site_factory: Callable[..., Site], postgres_url: MakeUrl, part: str
):
    with pytest.raises(
        CommandFailed, match=rf"WRONG {part} +The database refuses: relation .* does not exist\n"
    ) as said:
        site_factory(DATABASE_URL=postgres_url()).manage("doctor", part)

    assert "→ manage.py doctor database migrations" in str(said.value)
    assert "report" not in str(said.value)


def test_a_damaged_file_is_not_to_be_started(site_factory: Callable[..., Site]):
    site = site_factory()
    (site.directory / "db.sqlite3").write_text("no database" * 100)

    with pytest.raises(CommandFailed, match=r"WRONG database .* file is not a database\n.* damaged\? Then: .* restore"):
        site.manage("doctor", "database")


def new_site(site_factory: Callable[..., Site]) -> Site:
    """With an empty file for its database."""
    site = site_factory()
    (site.directory / "db.sqlite3").touch()
    return site


def test_tables_of_a_later_version_are_a_doubt(db: None):
    MigrationRecorder(connection).record_applied("chat", "9999_from_tomorrow")

    (finding,) = examine(["migrations"])

    assert (finding.grade, finding.words) == (
        Grade.DOUBT,
        "The tables are those of a later version: chat.9999_from_tomorrow.",
    )


def test_a_database_that_is_not_there_is_named_at_once(site_factory: Callable[..., Site], postgres_url: MakeUrl):
    site = site_factory(DATABASE_URL=f"{postgres_url()}_nowhere")

    with pytest.raises(CommandFailed, match=r'WRONG database .* database "\w+_nowhere" does not exist'):
        site.manage("doctor", "database", "migrations")


def test_it_makes_no_database_where_none_is(site_factory: Callable[..., Site]):
    site = site_factory()

    with pytest.raises(CommandFailed, match=r"WRONG database .* is not there") as refused:
        site.manage("doctor", "database", "migrations", "files")

    assert "→ manage.py setup makes it" in str(refused.value)
    with pytest.raises(CommandFailed, match=r"WRONG files +There is no database yet"):
        site.manage("doctor", "files")
    assert list(site.directory.glob("db.sqlite3*")) == []


def test_a_directory_that_is_not_there_is_made_by_nobody_else(site_factory: Callable[..., Site], tmp_path: Path):
    site = site_factory(DATABASE_URL=f"sqlite:///{tmp_path / 'nowhere' / 'db.sqlite3'}")

    with pytest.raises(CommandFailed, match=r"`manage.py doctor` says why"):
        site.manage("setup")
    with pytest.raises(
        CommandFailed, match=rf"WRONG database +The directory {tmp_path / 'nowhere'} is not there"
    ) as said:
        site.manage("doctor", "database")
    assert "→ Make it, for the account" in str(said.value)


def test_migrations_of_a_database_that_is_away_are_nothing_to_report(site_factory: Callable[..., Site]):
    site = site_factory(DATABASE_URL="postgres://chat@127.0.0.1:9/chat")

    with pytest.raises(CommandFailed, match="WRONG migrations The database does not answer: ") as refused:
        site.manage("doctor", "migrations")
    assert "report" not in str(refused.value)


def test_clocks_that_are_apart_are_a_fault():
    now = datetime.now(UTC)

    assert compared("theirs", now - timedelta(seconds=1)).grade is Grade.OK
    assert compared("theirs", now - timedelta(seconds=60)).grade is Grade.FAULT


@pytest.mark.parametrize("locked", ["media/files", "media", "tmp"])
def test_a_directory_in_which_nothing_can_be_kept_is_a_fault(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, db: None, locked: str
):
    """Root writes everywhere, so the system says it here by another way."""
    settings.MEDIA_ROOT = tmp_path / "media"
    (tmp_path / locked).mkdir(parents=True)
    (tmp_path / "tmp").mkdir(exist_ok=True)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    asked = os.access

    def refused(place: Any, mode: int) -> bool:
        return asked(place, mode) and Path(place) != tmp_path / locked

    monkeypatch.setattr(os, "access", refused)

    assert f"{tmp_path / locked} cannot be written." in [
        finding.words for finding in examine(["disk"]) if finding.grade is Grade.FAULT
    ]


@pytest.mark.parametrize("root", ["file", "file/below", "nowhere", "/dev/null"])
def test_a_place_for_files_that_is_no_directory_is_a_fault(db: None, settings: Settings, tmp_path: Path, root: str):
    (tmp_path / "file").touch()
    (tmp_path / "nowhere").symlink_to(tmp_path / "away")
    settings.MEDIA_ROOT = tmp_path / root

    faults = [finding.words for finding in examine(["disk"]) if finding.grade is Grade.FAULT]

    assert faults == [f"{(tmp_path / root.removesuffix('/below'))} is no directory."]


def test_where_nothing_can_lie_while_it_comes_is_a_fault(monkeypatch: pytest.MonkeyPatch, db: None):
    def nowhere() -> str:
        raise FileNotFoundError("No usable temporary directory found")

    monkeypatch.setattr(tempfile, "gettempdir", nowhere)

    assert complaint("doctor", "disk") == "1 thing to be put right."


def test_a_check_that_breaks_stops_no_other(settings: Settings, db: None):
    settings.MEDIA_ROOT = object()

    assert grades("disk", "database") == [Grade.FAULT, Grade.OK]


@pytest.mark.parametrize(
    ("in_web", "command"), [(True, "manage.py serve,"), (False, "manage.py runreplies (REPLIES_IN_WEB=0),")]
)
def test_replies_that_nobody_begins_are_a_doubt(
    ana: User, garden: Room, settings: Settings, in_web: bool, command: str
):
    settings.REPLIES_IN_WEB = in_web
    cache.set(alive.KEY, True)
    asked = make_reply(garden, ana, make_assistant("helper", garden))
    assert grades("replies") == [Grade.OK]
    Reply.objects.filter(message=asked).update(created_at=datetime.now(UTC) - timedelta(seconds=90))

    said = run("doctor", "replies")

    assert said.startswith("look  replies    1 asked for, and not begun; the first 9")
    assert f"→ Start {command}" in said


def test_who_waits_for_a_back_end_that_is_full_is_not_left_alone(ana: User, garden: Room):
    helper = make_assistant("helper", garden, at_once=1)
    start_reply(make_reply(garden, ana, helper))
    make_reply(garden, ana, helper)
    Reply.objects.update(created_at=datetime.now(UTC) - timedelta(seconds=90))

    assert grades("replies") == [Grade.OK]
