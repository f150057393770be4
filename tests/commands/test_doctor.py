from __future__ import annotations

import asyncio
import os
import socket
import tempfile
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from pytest_django import Settings

from chat.services.checkup import Grade, examine
from chat.services.checkup.keeping import compared
from chat.services.checkup.reaching import unreached
from chatsite import backends
from tests.commands.running import complaint, run
from tests.factories import make_assistant
from tests.servers.answers import answering
from tests.servers.redis import Redis
from tests.site import CommandFailed, Site

MakeUrl = Callable[[], str]


@pytest.fixture
def closed_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port: int = server.getsockname()[1]
    return port


def grades(*parts: str) -> list[Grade]:
    return [finding.grade for finding in examine(parts)]


def test_a_site_that_has_all_it_needs_is_well(db: None, settings: Settings):
    settings.MEDIA_ROOT = Path(settings.DATABASES["default"]["NAME"]).parent / "not" / "there" / "yet"
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


def test_an_assistant_without_its_key_is_named(db: None):
    make_assistant("acme", provider="openai", base_url="http://127.0.0.1:9/v1", model="m", key_env="ACME_KEY_UNSET")

    (finding,) = examine(["assistants"])

    assert (finding.grade, finding.words) == (Grade.FAULT, "acme: The variable ACME_KEY_UNSET is not set.")
    assert complaint("doctor", "assistants") == "1 thing to be put right."


def test_a_broker_that_carries_is_well(settings: Settings, redis_url: str):
    settings.REDIS_URL = redis_url
    settings.CHANNEL_LAYERS = {"default": backends.redis_layer(redis_url)}

    assert [finding.words for finding in examine(["broker"])] == [
        "A message came through Redis.",
        "It agrees with Redis's.",
    ]


def test_a_broker_that_is_away_is_a_fault_and_the_cache_is_not_asked(settings: Settings, closed_port: int):
    settings.REDIS_URL = f"redis://127.0.0.1:{closed_port}/0"
    settings.CHANNEL_LAYERS = {"default": backends.redis_layer(settings.REDIS_URL)}

    assert grades("broker", "cache") == [Grade.FAULT]


def test_a_broker_with_a_password_asks_for_it(settings: Settings, redis_server: Redis):
    with redis.Redis.from_url(redis_server.url) as beside:
        beside.config_set("requirepass", "a word")
        settings.REDIS_URL = redis_server.url
        settings.CHANNEL_LAYERS = {"default": backends.redis_layer(settings.REDIS_URL)}

        (finding,) = examine(["broker"])

        beside.auth("a word")
        beside.config_set("requirepass", "")
    assert (finding.grade, finding.words) == (Grade.FAULT, "Redis wants a password, or another one.")


def test_mail_that_nobody_takes_is_a_fault(settings: Settings, closed_port: int):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", closed_port

    (finding,) = examine(["mail"])

    assert finding.grade is Grade.FAULT
    assert finding.words.startswith(f"127.0.0.1:{closed_port}: ")


async def test_a_mail_server_is_greeted_and_sent_nothing(settings: Settings):
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 here\r\n")
        async for line in reader:
            heard.append(line.split()[0].upper())
            writer.write(b"221 bye\r\n" if heard[-1] == b"QUIT" else b"250 ok\r\n")
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.sockets[0].getsockname()
        found = await asyncio.to_thread(grades, "mail")

    assert found == [Grade.OK]
    assert set(heard) <= {b"EHLO", b"QUIT"}


def test_printed_mail_is_a_doubt(settings: Settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"

    assert grades("mail") == [Grade.DOUBT]


def test_a_proxy_that_is_not_believed_is_found_by_its_redirects(settings: Settings):
    with answering(301, Location="{origin}/accounts/login/") as settings.SITE_URL:
        (finding,) = examine(["address"])

    assert finding.remedy == "Name the proxy's address in TRUSTED_PROXIES."


def test_a_proxy_that_hides_the_host_is_found(settings: Settings):
    with answering(400) as settings.SITE_URL:
        (finding,) = examine(["address"])

    assert finding.grade is Grade.FAULT
    assert "ALLOWED_HOSTS" in finding.remedy


def test_a_site_is_asked_itself_where_the_way_out_is_by_a_proxy(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, closed_port: int
):
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{closed_port}")

    with answering(200) as settings.SITE_URL:
        assert grades("address") == [Grade.OK]


def test_a_site_that_is_not_started_is_a_doubt(settings: Settings, closed_port: int):
    settings.SITE_URL = f"http://127.0.0.1:{closed_port}"

    assert grades("address", "proxy") == [Grade.DOUBT, Grade.DOUBT]


def test_a_name_that_nobody_knows_is_dns_and_not_the_site():
    with pytest.raises(socket.gaierror) as unknown:
        socket.getaddrinfo("chat.example.org", 443, flags=socket.AI_NUMERICHOST)
    error = httpx.ConnectError("away")
    error.__cause__ = unknown.value

    finding = unreached("address", error)

    assert (finding.grade, finding.remedy) == (Grade.DOUBT, "Let DNS say where it is, or set SITE_URL.")


def test_what_browsers_do_not_believe_is_a_fault_and_the_proxy_is_not_asked(settings: Settings):
    with answering(200) as origin:
        settings.SITE_URL = origin.replace("http:", "https:")
        (finding,) = examine(["address", "proxy"])

    assert finding.grade is Grade.FAULT
    assert "certificate" in finding.remedy


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


def test_where_nothing_can_lie_while_it_comes_is_a_fault(monkeypatch: pytest.MonkeyPatch, db: None):
    def nowhere() -> str:
        raise FileNotFoundError("No usable temporary directory found")

    monkeypatch.setattr(tempfile, "gettempdir", nowhere)

    assert complaint("doctor", "disk") == "1 thing to be put right."


def test_a_check_that_breaks_stops_no_other(settings: Settings, db: None):
    settings.MEDIA_ROOT = object()

    assert grades("disk", "database") == [Grade.FAULT, Grade.OK]
