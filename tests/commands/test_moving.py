"""``exportroom`` and ``importroom``: a room goes from one site to another."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from django.test import Client

from chat.models import Room, User
from tests.chaos.rows import rows
from tests.commands.running import complaint, run
from tests.factories import make_message
from tests.site import MANAGE, CommandFailed, Site
from tests.waiting import PATIENCE_SECONDS


def test_a_room_goes_to_a_file_and_comes_back(ana: User, garden: Room, tmp_path: Path):
    make_message(garden, ana, "hello")
    file = tmp_path / "garden.json"

    assert run("exportroom", "garden", "--output", str(file)) == f"{file} is written."
    assert run("importroom", str(file), "--slug", "orchard") == "orchard: made, with 1 message."
    assert json.loads(run("exportroom", "orchard"))["messages"] == json.loads(file.read_text())["messages"]


def test_who_was_made_is_told(ana: User, garden: Room, tmp_path: Path):
    file = tmp_path / "garden.json"
    file.write_text(run("exportroom", "garden").replace('"ben"', '"zoe"'))

    said = run("importroom", str(file), "--as-new")

    assert said.splitlines()[1] == "Not known here, and made without access: zoe"


def test_who_was_made_is_given_access(ana: User, garden: Room, tmp_path: Path):
    file = tmp_path / "garden.json"
    file.write_text(run("exportroom", "garden").replace('"ben"', '"zoe"'))
    run("importroom", str(file), "--as-new")

    printed = run("adduser", "zoe")

    assert printed.startswith("zoe: made. Password: ")
    door = {"login": "zoe", "password": printed.rpartition(" ")[2]}
    answer = Client().post("/accounts/login/", door)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    zoe = User.objects.get(username="zoe")
    assert zoe.memberships.filter(room__slug="general").exists()


def test_a_part_as_markdown(ana: User, garden: Room):
    make_message(garden, ana, "hello")
    make_message(garden, ana, "goodbye")

    text = run("exportroom", "garden", "--format", "markdown", "--after", "1")

    assert "goodbye" in text
    assert "hello" not in text


def test_a_file_that_is_there_is_not_overwritten(garden: Room, tmp_path: Path):
    file = tmp_path / "garden.json"
    file.write_text("mine")

    assert complaint("exportroom", "garden", "--output", str(file)) == f"{file}: File exists"
    assert file.read_text() == "mine"


def test_complaints_are_one_line(garden: Room, tmp_path: Path):
    broken = tmp_path / "broken.json"
    broken.write_text("{")

    assert "no room nowhere" in complaint("exportroom", "nowhere")
    assert "after: " in complaint("exportroom", "garden", "--after", "yesterday")
    assert complaint("importroom", str(tmp_path / "nothing")).endswith("No such file or directory")
    assert complaint("importroom", str(broken)).startswith("This is no export of a room: ")
    file = tmp_path / "garden.json"
    run("exportroom", "garden", "--output", str(file))
    assert "garden already" in complaint("importroom", str(file))
    assert "\n" not in complaint("importroom", str(file), "--slug", "No Slug")


@pytest.mark.parametrize("words", [["exportroom", "general"], ["setup"]])
def test_who_listens_no_more_is_not_told_of_it_at_length(site_factory: Callable[..., Site], words: list[str]):
    site = site_factory().prepare()
    reading, writing = os.pipe()
    os.close(reading)

    done = subprocess.run(
        [*MANAGE, *words], env=site._environment(), stdout=writing, stderr=subprocess.PIPE, check=False
    )
    os.close(writing)

    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
def test_a_disk_that_is_full_is_said_in_one_line(site_factory: Callable[..., Site]):
    site = site_factory().prepare()

    with Path("/dev/full").open("w") as full:
        words = [*MANAGE, "exportroom", "general"]
        done = subprocess.run(words, env=site._environment(), stdout=full, stderr=subprocess.PIPE, check=False)

    assert (done.returncode, done.stderr) == (1, b"CommandError: No space left on device.\n")


def test_a_file_that_is_no_database_is_said_in_one_line(site_factory: Callable[..., Site]):
    site = site_factory()
    (site.directory / "db.sqlite3").write_text("no database" * 100)

    with pytest.raises(CommandFailed, match="CommandError: The database refuses: file is not a database"):
        site.manage("limit")


def test_who_presses_ctrl_c_gets_no_traceback(site_factory: Callable[..., Site]):
    site = site_factory().prepare()
    command = subprocess.Popen(
        [*MANAGE, "fillroom", "long", "--messages", "1000000"],
        env=site._environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509 - no threads here
    )
    while not rows(site, "SELECT 1 FROM chat_room WHERE slug = 'long'"):
        time.sleep(0.05)

    command.send_signal(signal.SIGINT)
    _, complaints = command.communicate(timeout=PATIENCE_SECONDS)

    assert (command.returncode, complaints) == (130, b"")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_an_export_that_is_told_to_end_leaves_no_half_of_a_file(
    site_factory: Callable[..., Site], postgres_url: Callable[[], str], tmp_path: Path, number: int
):
    address = postgres_url()
    site = site_factory(DATABASE_URL=address).prepare()
    file = tmp_path / "general.json"

    with psycopg.connect(address) as connection:
        connection.execute("LOCK TABLE chat_message")
        site.start_command("exportroom", "general", "--output", str(file))
        wait_for(file.exists)
        os.kill(site.pid, number)
        wait_for(lambda: site.ended_with is not None)

    assert (site.ended_with, file.exists()) == (128 + number, False)


def test_a_terminal_that_knows_few_letters_gets_what_it_can_show_and_a_file_all_of_it(
    site_factory: Callable[..., Site],
):
    site = site_factory(PYTHONIOENCODING="latin-1").prepare()
    site.manage("addroom", "garden", "--name", "Käse 🧀")

    said, room = (bytes_of(site, *words) for words in (["doctor", "mail"], ["exportroom", "garden"]))

    assert b"\\u2192" in said
    assert json.loads(room)["room"]["name"] == "Käse 🧀"


@pytest.mark.parametrize("words", [["addroom", "caf\udce9"], ["adduser", "zoe", "--password", "a wild caf\udce9"]])
def test_what_is_typed_at_another_terminal_is_refused_in_one_line(site_factory: Callable[..., Site], words: list[str]):
    site = site_factory().prepare()

    with pytest.raises(CommandFailed, match=r"1\nCommandError: What was given is no text: [^\n]*\n$"):
        site.manage(*words)


def bytes_of(site: Site, *words: str) -> bytes:
    return subprocess.run([*MANAGE, *words], env=site._environment(), capture_output=True, check=True).stdout


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
