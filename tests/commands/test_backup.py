"""A site comes back by its backup, and what is here gives way only when told to."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from django.core.management.base import CommandError

from chat.management.backups.archive import _name, _put_files
from tests.commands.backups import MakeSite, pack, people_of, refusal, write
from tests.servers.postgres import Postgres
from tests.site import Site

pytestmark = pytest.mark.timeout(360)  # a site and four commands, each of which starts anew, on a busy machine
ROOM = "/api/rooms/general/messages"


def said_in(site: Site, token: str) -> list[tuple[int, str]]:
    return [(message["sequence"], message["text"]) for message in asked(site, token, "GET", ROOM).json()["messages"]]


def say(site: Site, token: str, text: str) -> None:
    asked(site, token, "POST", ROOM, json={"text": text})


def send(site: Site, token: str, name: str, content: bytes) -> str:
    """A message that is a file; its address."""
    return str(asked(site, token, "POST", ROOM, files={"files": (name, content)}).json()["attachments"][0]["url"])


def asked(site: Site, token: str, method: str, path: str, **given: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"}
    answer = httpx.request(method, f"{site.url}{path}", headers=headers, trust_env=False, timeout=60, **given)
    return answer.raise_for_status()


@pytest.fixture(params=["sqlite", "postgresql"])
def make_site(request: pytest.FixtureRequest, site_factory: MakeSite, monkeypatch: pytest.MonkeyPatch) -> MakeSite:
    """Sites with a database of their own, and PostgreSQL's programs of the version that serves."""
    if request.param == "sqlite":
        return site_factory
    server: Postgres = request.getfixturevalue("postgres_server")
    monkeypatch.setenv("PATH", f"{server.programs}{os.pathsep}{os.environ['PATH']}")

    def make(**environment: Any) -> Site:
        return site_factory(DATABASE_URL=server.new_database(), **environment)

    return make


def test_a_site_comes_back_as_it_was_when_the_backup_was_taken(make_site: MakeSite, tmp_path: Path):
    site = make_site().prepare().start()
    site.manage("adduser", "ana")
    token = site.manage("addtoken", "ana").strip()
    say(site, token, "before")
    sent = send(site, token, "cat.txt", b"meow")
    archive = tmp_path / "backup.tar.gz"

    site.manage("backup", str(archive))
    say(site, token, "after")
    site.stop()
    again = make_site()
    again.manage("restore", str(archive))
    again.start()

    assert said_in(again, token) == [(1, "before"), (2, "")]
    assert asked(again, token, "GET", sent).content == b"meow"
    say(again, token, "and on")
    assert said_in(again, token) == [(1, "before"), (2, ""), (3, "and on")]


def test_a_site_that_is_here_gives_way_only_when_told_to(site_factory: MakeSite, tmp_path: Path):
    site = site_factory().prepare()
    archive = tmp_path / "backup.tar.gz"
    site.manage("adduser", "ana")
    files = site.directory / "media" / "files"
    write(files / "ab" / "early")
    site.manage("backup", str(archive))
    site.manage("adduser", "late")
    write(files / "cd" / "late")

    assert "There is a site here already. With --replace it gives way." in refusal(site, "restore", str(archive))
    assert people_of(site) == ["ana", "late"]
    site.manage("restore", str(archive), "--replace")
    assert people_of(site) == ["ana"]
    assert [path.suffix for path in site.directory.glob("db.sqlite3.before-*") if "-wal" not in path.name] != []
    assert [path.name for path in files.rglob("*")] == ["ab", "early"]
    (before,) = files.parent.glob("files.before-*")
    assert sorted(path.name for path in before.rglob("*")) == ["ab", "cd", "early", "late"]
    assert [path.name for path in files.parent.glob(".backup-*")] == []


def test_files_stay_where_they_are_when_the_database_does_not_come(
    site_factory: MakeSite, postgres_url: Callable[[], str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    site = site_factory(DATABASE_URL=postgres_url()).prepare()
    archive = tmp_path / "backup.tar.gz"
    file = site.directory / "media" / "files" / "ab" / "early"
    write(file)
    pack(archive, {"manifest.json": b'{"format": 1, "engine": "postgresql"}', "database": b"no dump"})

    assert "pg_restore" in refusal(site, "restore", str(archive), "--replace")
    assert file.read_text() == "early"


def test_files_that_cannot_take_their_place_are_kept_and_named(tmp_path: Path):
    found, place, rescue = (tmp_path / name for name in (".backup-1/files", "media/files", "files.restored"))
    write(found / "ab" / "early")
    write(place / "cd" / "of-a-site-that-was-not-stopped")

    with pytest.raises(CommandError, match=r"The database is the restored one, but .* Its files lie in .*restored:"):
        _put_files(found, place, rescue=rescue)

    assert (rescue / "ab" / "early").exists()


def test_tables_that_cannot_be_brought_up_to_date_are_said_to_be_the_restored_ones(
    site_factory: MakeSite, tmp_path: Path
):
    site = site_factory().prepare()
    archive = tmp_path / "backup.tar.gz"
    pack(archive, {"manifest.json": b'{"format": 1, "engine": "sqlite"}', "database": b"no database"})

    said = refusal(site, "restore", str(archive), "--replace")

    assert "CommandError: Database and files are those of the archive, but the tables are not of this version: " in said
    assert "Nothing was changed" not in said


def test_a_backup_is_for_its_owner_alone_and_never_written_over(site_factory: MakeSite, tmp_path: Path):
    site = site_factory().prepare()
    archive = tmp_path / "backup.tar.gz"
    site.manage("backup", str(archive))

    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    assert "is there already. It is not written over." in refusal(site, "backup", str(archive))
    assert list(tmp_path.glob(".backup-*")) == []


def test_where_no_site_is_nothing_is_backed_up(make_site: MakeSite, tmp_path: Path):
    site = make_site()

    said = refusal(site, "backup", str(tmp_path / "backup.tar.gz"))

    assert "CommandError: There is no site in the database " in said
    assert "Does DATABASE_URL, in .env or in the environment of this command, name the right one?" in said
    assert list(tmp_path.glob("*.tar.gz")) == []
    assert list(site.directory.glob("db.sqlite3*")) == []


def test_a_backup_connects_as_the_site_does(
    site_factory: MakeSite, postgres_url: Callable[[], str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    address = postgres_url()
    with_password = address.replace("@", ":se%3Acr%20et@") + "?sslmode=prefer&target_session_attrs=any"
    site = site_factory(DATABASE_URL=with_password).prepare()
    asked = instead_of("pg_dump", tmp_path, monkeypatch)

    site.beside(PGPASSWORD="another").manage("backup", str(tmp_path / "backup.tar.gz"))
    words, password, passfile = asked.read_text().split("\n--\n")

    assert "sslmode=prefer" in words
    assert "target_session_attrs=any" in words
    assert f"dbname={address.rpartition('/')[2]}" in words
    assert "pool" not in words
    assert "cr et" not in words
    assert (password, passfile) == ("", "*:*:*:*:se\\:cr et\n")


def instead_of(program: str, directory: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program that writes down how it is asked, and an empty dump."""
    programs, asked = directory / "programs", directory / "asked"
    programs.mkdir()
    script = f"""#!/bin/sh
file=$(echo "$*" | sed "s/.*passfile='*\\([^ ']*\\).*/\\1/")
printf '%s\\n--\\n%s\\n--\\n' "$*" "$PGPASSWORD" > {asked}
cat "$file" >> {asked}
touch "$4"
"""
    (programs / program).write_text(script)
    (programs / program).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    return asked


def test_a_place_that_cannot_be_written_says_so(site_factory: MakeSite, tmp_path: Path):
    site = site_factory().prepare()

    assert "cannot be written" in refusal(site, "backup", str(tmp_path / "nowhere" / "backup.tar.gz"))


def test_tables_of_a_later_version_give_way(
    site_factory: MakeSite, postgres_server: Postgres, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setenv("PATH", f"{postgres_server.programs}{os.pathsep}{os.environ['PATH']}")
    address = postgres_server.new_database()
    site = site_factory(DATABASE_URL=address).prepare()
    site.manage("adduser", "ana")
    archive = tmp_path / "backup.tar.gz"
    site.manage("backup", str(archive))
    with psycopg.connect(address, autocommit=True) as database:
        database.execute("CREATE TABLE chat_wing (message_id bigint REFERENCES chat_message)")
        database.execute("CREATE TABLE somebody_elses (id bigint)")

    site.manage("restore", str(archive), "--replace")

    assert "ana: changed." in site.manage("adduser", "ana", "--staff")
    with psycopg.connect(address) as database:
        rows = database.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        names = {name for (name,) in rows}
    assert {"somebody_elses", "chat_message"} <= names
    assert "chat_wing" not in names


def test_of_two_backups_to_one_name_the_first_stays(tmp_path: Path):
    packed, file = tmp_path / "packed", tmp_path / "chat.tar.gz"
    packed.write_text("ours")
    file.write_text("theirs")

    with pytest.raises(CommandError, match="is there by now"):
        _name(packed, file)
    file.unlink()
    _name(packed, file)

    assert file.read_text() == "ours"
