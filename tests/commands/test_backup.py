from __future__ import annotations

import errno
import io
import json
import os
import shutil
import signal
import stat
import tarfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from django.core.management.base import CommandError
from pytest_django import Settings

from chat.management.backups.archive import _put_files, _take_out, _unpack, back_up
from chat.management.ending import ends_cleanly, go_on_to_the_end
from tests.chaos.rows import rows
from tests.servers.postgres import Postgres
from tests.site import CommandFailed, Site
from tests.waiting import PATIENCE_SECONDS

MakeSite = Callable[..., Site]


def refusal(site: Site, *words: str) -> str:
    with pytest.raises(CommandFailed) as refused:
        site.manage(*words)
    return str(refused.value)


def said_in(site: Site, token: str) -> list[tuple[int, str]]:
    answer = httpx.get(f"{site.url}/api/rooms/general/messages", headers=_bearer(token), trust_env=False)
    return [(message["sequence"], message["text"]) for message in answer.json()["messages"]]


def say(site: Site, token: str, text: str) -> None:
    url = f"{site.url}/api/rooms/general/messages"
    httpx.post(url, headers=_bearer(token), json={"text": text}, trust_env=False).raise_for_status()


def send(site: Site, token: str, name: str, content: bytes) -> str:
    """A message that is a file; its address."""
    url = f"{site.url}/api/rooms/general/messages"
    answer = httpx.post(url, headers=_bearer(token), files={"files": (name, content)}, trust_env=False)
    return str(answer.raise_for_status().json()["attachments"][0]["url"])


def people_of(site: Site) -> list[str]:
    return [name for (name,) in rows(site, "SELECT username FROM chat_user WHERE kind = 'person' ORDER BY id")]


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def write(file: Path) -> None:
    """Its own name."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(file.name)


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
    assert httpx.get(f"{again.url}{sent}", headers=_bearer(token), trust_env=False).content == b"meow"
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
    with tarfile.open(archive, "w:gz") as made:
        for name, content in (("manifest.json", b'{"format": 1, "engine": "postgresql"}'), ("database", b"no dump")):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            made.addfile(member, io.BytesIO(content))

    assert "pg_restore" in refusal(site, "restore", str(archive), "--replace")
    assert file.read_text() == "early"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_restore_that_is_told_to_end_leaves_all_as_it_was(
    site_factory: MakeSite, postgres_server: Postgres, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, number: int
):
    monkeypatch.setenv("PATH", f"{postgres_server.programs}{os.pathsep}{os.environ['PATH']}")
    site = site_factory(DATABASE_URL=postgres_server.new_database()).prepare()
    file = site.directory / "media" / "files" / "ab" / "early"
    write(file)
    site.manage("backup", str(tmp_path / "backup.tar.gz"))
    child = never_ending("psql", tmp_path, monkeypatch)

    site.start_command("restore", str(tmp_path / "backup.tar.gz"), "--replace")
    told_to_end(site, child, number)

    assert site.log.read_text() == "Told to end: what was begun is undone.\n"
    assert [path.name for path in (site.directory / "media").iterdir()] == ["files"]
    assert file.read_text() == "early"


def test_a_backup_that_is_told_to_end_leaves_nothing_behind(
    site_factory: MakeSite, postgres_url: Callable[[], str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    site = site_factory(DATABASE_URL=postgres_url()).prepare()
    child = never_ending("pg_dump", tmp_path, monkeypatch)
    place = tmp_path / "backups"
    place.mkdir()

    site.start_command("backup", str(place / "backup.tar.gz"))
    told_to_end(site, child, signal.SIGTERM)

    assert list(place.iterdir()) == []


def test_from_where_it_is_shorter_to_finish_nobody_ends_it_by_hand_either():
    before = signal.getsignal(signal.SIGINT)

    with ends_cleanly():
        go_on_to_the_end()
        meanwhile = signal.getsignal(signal.SIGINT)

    assert meanwhile == signal.SIG_IGN
    assert signal.getsignal(signal.SIGINT) == before


def never_ending(program: str, directory: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """In the place of a program that has much to do; the file will hold its process's id."""
    programs, child = directory / "programs", directory / "child"
    programs.mkdir()
    (programs / program).write_text(f"#!/bin/sh\necho $$ > {child}.new && mv {child}.new {child}\nexec sleep 600\n")
    (programs / program).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    return child


def told_to_end(site: Site, child: Path, number: int) -> None:
    wait_for(child.exists)
    os.kill(site.pid, number)
    wait_for(lambda: site.ended_with is not None)

    assert site.ended_with == 128 + number
    assert not Path(f"/proc/{int(child.read_text())}").exists()


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


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
    with tarfile.open(archive, "w:gz") as made:
        for name, content in (("manifest.json", b'{"format": 1, "engine": "sqlite"}'), ("database", b"no database")):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            made.addfile(member, io.BytesIO(content))

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


def test_a_damaged_or_foreign_archive_changes_nothing(site_factory: MakeSite, tmp_path: Path):
    site = site_factory().prepare()
    whole, cut, foreign = (tmp_path / name for name in ("whole.tar.gz", "cut.tar.gz", "foreign.tar.gz"))
    site.manage("backup", str(whole))
    cut.write_bytes(whole.read_bytes()[:2000])
    with tarfile.open(foreign, "w:gz") as archive:
        archive.add(whole, arcname="../escaped")
    site.manage("adduser", "ana")

    for broken in (cut, foreign):
        assert "is no backup of a site, or it is damaged" in refusal(site, "restore", str(broken), "--replace")
    missing = tmp_path / "not-there.tar.gz"
    assert f"{missing}: No such file or directory. Nothing was" in refusal(site, "restore", str(missing), "--replace")
    assert people_of(site) == ["ana"]
    assert not (site.directory / "escaped").exists()


def test_a_disk_that_is_full_is_no_damage_of_the_archive(
    site_factory: MakeSite, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    site = site_factory().prepare()
    archive = tmp_path / "backup.tar.gz"
    site.manage("backup", str(archive))

    def full(*files: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(shutil, "copyfileobj", full)
    with pytest.raises(OSError, match="No space left on device"):
        _unpack(archive, tmp_path / "unpacked")


def test_files_by_two_names_and_behind_links_come_back(site_factory: MakeSite, tmp_path: Path):
    site = site_factory().prepare()
    archive, files = tmp_path / "backup.tar.gz", site.directory / "media" / "files"
    write(tmp_path / "elsewhere" / "ab" / "early")
    (tmp_path / "elsewhere" / "ab" / "same").hardlink_to(tmp_path / "elsewhere" / "ab" / "early")
    files.parent.mkdir(exist_ok=True)
    files.symlink_to(tmp_path / "elsewhere")
    site.manage("backup", str(archive))

    again = site_factory()
    again.manage("restore", str(archive))

    restored = again.directory / "media" / "files"
    assert {path.name: path.read_text() for path in restored.glob("*/*")} == {"early": "early", "same": "early"}


@pytest.mark.parametrize("link", ["files", "files/ab", "files/ab/early"])
def test_what_lies_on_a_disk_that_is_away_is_not_left_out(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, db: None, link: str
):
    settings.MEDIA_ROOT = tmp_path / "media"
    place = settings.MEDIA_ROOT / link
    place.parent.mkdir(parents=True)
    place.symlink_to(tmp_path / "disk")
    monkeypatch.setattr("chat.management.backups.dumps.dump", Path.touch)

    with pytest.raises(CommandError, match=rf"{link}: No such file or directory\. Nothing was changed"):
        back_up(tmp_path / "backup.tar.gz")


def test_a_directory_that_cannot_be_read_is_not_left_out(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, db: None
):
    """Root reads everything, so the system says it here by another way."""
    settings.MEDIA_ROOT = tmp_path / "media"
    locked = settings.MEDIA_ROOT / "files" / "ab"
    write(locked / "early")
    look = os.scandir

    def refused(place: Any) -> Any:
        if str(place) == str(locked):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(place))
        return look(place)

    monkeypatch.setattr("chat.management.backups.dumps.dump", Path.touch)
    monkeypatch.setattr(os, "scandir", refused)

    with pytest.raises(CommandError, match=r"files/ab: Permission denied\. Nothing was changed"):
        back_up(tmp_path / "backup.tar.gz")
    assert not (tmp_path / "backup.tar.gz").exists()


def test_a_bit_that_was_flipped_anywhere_is_noticed(site_factory: MakeSite, tmp_path: Path):
    site = site_factory().prepare()
    write(site.directory / "media" / "files" / "ab" / "early")
    archive = tmp_path / "backup.tar.gz"
    site.manage("backup", str(archive))
    whole = archive.read_bytes()

    for place in (len(whole) // 2, len(whole) - 6):  # among the data, and in their check sum
        archive.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(CommandError, match="is no backup of a site, or it is damaged"):
            _unpack(archive, tmp_path / f"unpacked-{place}")
    archive.write_bytes(whole[:-4])
    assert "is no backup of a site, or it is damaged" in refusal(site, "restore", str(archive), "--replace")
    assert (site.directory / "media" / "files" / "ab" / "early").exists()


@pytest.mark.parametrize("migrations", [5, [5], {"chat": 1}, None])
def test_a_manifest_that_says_nothing_of_its_migrations_is_refused(tmp_path: Path, migrations: Any):
    archive = tmp_path / "backup.tar.gz"
    manifest = json.dumps({"format": 1, "engine": "sqlite", "migrations": migrations})
    with tarfile.open(archive, "w:gz") as made:
        member = tarfile.TarInfo("manifest.json")
        member.size = len(manifest)
        made.addfile(member, io.BytesIO(manifest.encode()))

    with pytest.raises(CommandError, match="is no backup of a site, or it is damaged: its list of migrations"):
        _unpack(archive, tmp_path / "unpacked")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        *((name, tarfile.REGTYPE) for name in ("/escaped", "../escaped", "inside/../../escaped")),
        *(("inside", kind) for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE)),
    ],
)
def test_what_lies_outside_or_is_no_file_is_not_taken_out(tmp_path: Path, name: str, kind: bytes):
    member, packed = tarfile.TarInfo(name), io.BytesIO()
    member.type, member.linkname = kind, "/etc/passwd"
    with tarfile.open(fileobj=packed, mode="w") as made:
        made.addfile(member)
    packed.seek(0)

    with tarfile.open(fileobj=packed) as archive, pytest.raises(ValueError, match=f"it holds {name}"):
        _take_out(archive, archive.getmembers()[0], tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_an_archive_of_the_other_database_is_refused(
    site_factory: MakeSite, postgres_url: Callable[[], str], tmp_path: Path
):
    archive = tmp_path / "backup.tar.gz"
    site_factory().prepare().manage("backup", str(archive))

    said = refusal(site_factory(DATABASE_URL=postgres_url()), "restore", str(archive))

    assert "holds a sqlite database, and DATABASE_URL names a postgresql one." in said


def test_an_archive_of_a_later_version_is_refused(site_factory: MakeSite, tmp_path: Path):
    site = site_factory().prepare()
    archive, later = tmp_path / "backup.tar.gz", tmp_path / "later.tar.gz"
    site.manage("backup", str(archive))
    with tarfile.open(archive) as ours, tarfile.open(later, "w:gz") as theirs:
        for member in ours:
            file = ours.extractfile(member)
            content = file.read() if file is not None else b""
            if member.name == "manifest.json":
                manifest = json.loads(content)
                assert "chat.0001_initial" in manifest["migrations"]
                content = json.dumps(manifest | {"migrations": [*manifest["migrations"], "chat.9999_wings"]}).encode()
                member.size = len(content)
            theirs.addfile(member, io.BytesIO(content))

    said = refusal(site, "restore", str(later), "--replace")

    assert "was made by a later version, with chat.9999_wings. Put that version in place first." in said


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
