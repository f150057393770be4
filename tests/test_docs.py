"""What the documentation says exists, and what exists is in it."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path
from typing import get_args

import pytest
from django.core.management import get_commands, load_command_class

from chat.api.site import api
from chat.consumers.commands import SHAPES
from chat.models import Message
from chat.providers import FailureKind
from chat.providers.events import Finish
from chat.replies.outcomes import CRASHED
from tests.docs.conversation import frames_of_a_conversation, kind, shape
from tests.docs.pages import PAGES, block, commands, leads_somewhere, links, samples, strip, table
from tests.docs.program import addresses, chat_frame, close_codes, error_codes, frame_types
from tests.servers.programs import ROOT

FRAME_TEMPLATES = sorted((ROOT / "templates" / "chat" / "frames").glob("*.html"))
OF_THE_WEBSOCKET_ITSELF = {
    1009,
    1012,
}  # sent by autobahn, by the limit in chatsite/server.py, and by chatsite/ending.py


# --- The protocol ---


def test_the_protocol_names_every_command_with_its_fields():
    written = {kind: set(re.findall(r"`(\w+)`(\??)", fields)) for kind, fields, _ in table("`type`")}

    assert written == {
        f"`{kind}`": {(name, "" if is_required else "?") for name, (_, is_required) in shape.items()}
        for kind, shape in SHAPES.items()
    }


def test_the_protocol_shows_every_frame_and_no_other():
    assert {frame["type"] for frame in samples()} == set(frame_types())


def test_the_protocol_names_every_close_code():
    assert {int(code) for code, *_ in table("close code")} == set(close_codes()) | OF_THE_WEBSOCKET_ITSELF


def test_the_protocol_names_every_error_code_with_its_status():
    written = {(strip(code), strip(status)) for code, status, *_ in table("code")}

    assert written == error_codes()


def test_the_protocol_names_every_status_of_a_message():
    assert [strip(status) for status, _ in table("status")] == list(Message.Status.values)


def test_the_protocol_names_every_way_a_reply_ends():
    assert {strip(reason) for reason, _ in table("`end` reason")} == {*get_args(Finish), "interrupted"}
    assert [strip(code) for code, _ in table("`error` code")] == [*map(str, FailureKind), CRASHED]


def test_the_protocol_names_every_address():
    written = {path for cell, _ in table("path") for path in re.findall(r"`([^`]+)`", cell)}

    assert written == set(addresses())


def test_the_protocol_names_every_call_of_the_api():
    published = api.get_openapi_schema(path_prefix="/api/")["paths"]

    assert {strip(call) for call, _ in table("call")} == {
        f"{method.upper()} {path}" for path, operations in published.items() for method in operations
    }


@pytest.mark.parametrize("template", FRAME_TEMPLATES, ids=lambda path: path.stem)
def test_the_protocol_shows_every_frame_of_the_html_dialect(template: Path):
    kind, attributes = chat_frame(re.sub(r"{%.*?%}", "", template.read_text()))

    assert (kind, attributes) in [chat_frame(line) for line in block("html").splitlines()]


def test_the_protocol_shows_no_other_frame_of_the_html_dialect():
    assert len(block("html").splitlines()) == len(FRAME_TEMPLATES)


@pytest.mark.django_db(transaction=True)
async def test_the_frames_of_a_conversation_are_of_the_shapes_that_are_shown():
    heard = await frames_of_a_conversation()

    assert [frame for frame in heard if shape(frame) not in map(shape, samples())] == []
    assert {kind(frame) for frame in samples()} - {kind(frame) for frame in heard} == {"heartbeat", "resync"}


# --- The other pages ---


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path):
    assert [link for link in links(page.read_text()) if not leads_somewhere(page, link)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_that_are_named_exist(page: Path):
    named = re.findall(r"`((?:chat|chatsite|templates|static|tests|deploy|bench|docs)/[\w./-]*)`", page.read_text())

    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_that_are_shown_exist_with_their_options(page: Path):
    for line in commands(page.read_text()):
        name, *words = shlex.split(line)
        parser = load_command_class(get_commands()[name], name).create_parser("manage.py", name)

        parser.parse_args(words)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_that_are_named_exist(page: Path):
    assert set(re.findall(r"`(?:\.venv/bin/python )?manage\.py (\w+)", page.read_text())) <= {*get_commands(), "help"}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_words_of_make_that_are_shown_exist(page: Path):
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)

    assert set(re.findall(r"`(?:\w+=\S+ )*make (\w+)`", page.read_text())) <= set(targets)


def test_catalogues_of_what_is_installed_are_left_alone():
    shown = commands((ROOT / "docs" / "translating.md").read_text())

    assert {line.split()[0] for line in shown} == {"makemessages", "compilemessages"}
    assert [line for line in shown if "--ignore .venv" not in line] == []


def test_a_wrong_option_is_found():
    parser = load_command_class("chat", "addroom").create_parser("manage.py", "addroom")

    with pytest.raises(Exception, match="unrecognized"):
        parser.parse_args(["garden", "--colour", "green"])


@pytest.mark.parametrize(
    ("link", "leads"), [("../README.md", True), ("gone.md", False), ("protocol.md#nowhere", False)]
)
def test_a_broken_link_is_found(link: str, leads: bool):
    assert leads_somewhere(ROOT / "docs" / "providers.md", link) is leads


def test_the_layers_are_those_that_are_held():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    written = (ROOT / "docs" / "architecture.md").read_text().split("```text\n")[1].split("```")[0]

    assert written.splitlines() == [re.sub(r"[()]|chat\.", "", layer) for layer in contracts[0]["layers"]]


def test_the_decisions_are_numbered_and_listed():
    directory = ROOT / "docs" / "decisions"
    records = sorted(path.name for path in directory.glob("[0-9]*.md"))

    assert [int(name[:4]) for name in records] == list(range(1, len(records) + 1))
    assert sorted(links((directory / "README.md").read_text())) == records
