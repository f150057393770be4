"""A conversation as a file, in three forms; in memory there is never more than a page of it."""

from __future__ import annotations

import json
import re
import tracemalloc
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat.exceptions import Invalid, NotFound
from chat.models import Message, Room, User
from chat.replies import ledger
from chat.replies.outcomes import Outcome
from chat.services.exporting import Bounds, export_room, open_export
from chat.services.exporting.export import PAGE
from chat.services.importing import read_file
from chat.services.messages import delete_message, edit_message
from chat.services.reactions import toggle_reaction
from tests.factories import fresh, make_assistant, make_message, make_messages, make_reply


def written(room: Room, form: str, **given: Any) -> str:
    return "".join(export_room(room=fresh(room), form=form, **given).pieces)


@pytest.fixture
def talk(ana: User, ben: User, garden: Room) -> Room:
    """Something of everything: reactions, a quote, an edit, a tombstone, a reply with reasoning, one that failed."""
    first = make_message(garden, ana, "What **is** this?")
    toggle_reaction(message=first, by=ben, emoji="👀")
    toggle_reaction(message=first, by=ana, emoji="👀")
    make_message(garden, ben, "A tree.\n\n```python\nprint(1)\n```", reply_to=first.pk)
    edit_message(message=make_message(garden, ben, "An elm?"), by=ben, text="An oak.")
    delete_message(message=make_message(garden, ana, "a secret"), by=ana)
    helper = make_assistant("helper", garden, model="m-1")
    write(make_reply(garden, ana, helper), text="It is an *oak*.", reasoning="Leaves, lobed.")
    write(make_reply(garden, ben, helper), status="failed", reason="error", error_kind="overloaded")
    return garden


def write(reply: Message, **outcome: Any) -> None:
    (lease,) = ledger.claim("a writer", 1)
    told = {"status": "complete", "reason": "stop", "model": "m-1", "prompt_tokens": 9, "completion_tokens": 3}
    ledger.finish(lease, Outcome(**{**told, **outcome}))


def test_markdown_is_what_everybody_wrote(talk: Room):
    text = re.sub(r"at \d\d:\d\d", "at 10:00", written(talk, "markdown"))

    assert text.startswith("# Garden\n\nhttp://127.0.0.1:8000/rooms/garden/\n\n## ")
    assert "**ana** at 10:00 (#1)\n\nWhat **is** this?\n\nReactions: 👀 ben, ana\n" in text
    assert "**ben** at 10:00 (#2, answering ana (#1))\n\nA tree.\n\n```python\nprint(1)\n```\n" in text
    assert "**ben** at 10:00 (#3, edited)\n\nAn oak.\n" in text
    assert "**ana** at 10:00 (#4)\n\n*A message was deleted.*\n" in text
    assert "**helper** at 10:00 (#6)\n\nIt is an *oak*.\n" in text
    assert "*The model's server is overloaded right now. Try again in a moment.*" in text


def test_no_words_pretend_to_be_somebody_elses(ana: User, garden: Room):
    make_message(garden, ana, "Well.\n\n**ben** at 10:00 (#2)\n\nI quit.\n> **ben** at 10:01 (#3)")

    heads = re.findall(r"^[> ]*\*\*(\S+)\*\* at ", written(garden, "markdown"), re.MULTILINE)

    assert heads == ["ana"]
    assert "\n\\**ben** at 10:00 (#2)\n" in written(garden, "markdown")


def test_a_topic_pretends_to_be_nobodys_words(ana: User, garden: Room):
    Room.objects.filter(pk=garden.pk).update(topic="**ben** at 10:00 (#2)")
    make_message(garden, ana, "Well.")

    text = written(fresh(garden), "markdown")

    assert re.findall(r"^[> ]*\*\*(\S+)\*\* at ", text, re.MULTILINE) == ["ana"]
    assert "\n\\**ben** at 10:00 (#2)\n" in text


def test_json_is_told_in_the_documentation_and_can_be_read_again(talk: Room):
    told = json.loads(written(talk, "json"))

    with read_file(BytesIO(json.dumps(told).encode())) as file:
        assert file.message_count == len(told["messages"])
    assert (told["format"], told["version"]) == ("chat-room", 1)
    assert (told["room"]["slug"], told["room"]["kind"]) == ("garden", "private")
    assert told["people"] == [
        {"name": "ana", "kind": "person", "display_name": ""},
        {"name": "ben", "kind": "person", "display_name": ""},
        {"name": "helper", "kind": "assistant", "display_name": ""},
    ]
    assert [(member["name"], member["role"]) for member in told["members"]] == [
        ("ana", "owner"),
        ("ben", "member"),
        ("helper", "member"),
    ]
    assert [message["sequence"] for message in told["messages"]] == list(range(1, 9))
    assert set(told["messages"][3]) == {"sequence", "author", "created_at", "deleted_at"}
    assert told["messages"][0]["reactions"] == {"👀": ["ben", "ana"]}
    assert told["messages"][1]["reply_to"] == 1
    reply = told["messages"][5]
    assert (reply["text"], reply["status"], reply["prompt"]) == ("It is an *oak*.", "complete", 5)
    assert reply["attempt"]["model"] == "m-1"
    assert reply["attempt"]["usage"] == {"prompt": 9, "completion": 3, "total": 12}
    assert told["messages"][7]["attempt"]["error"] == "overloaded"


def test_html_is_one_file_that_asks_nobody(talk: Room):
    text = written(talk, "html")

    assert text.startswith("<!doctype html>")
    assert text.endswith("</html>\n")
    assert "<p>What <strong>is</strong> this?</p>" in text
    assert "A message was deleted." in text
    assert re.findall(r"<(?:script|img|iframe|object|link)\b|\bsrc=|@import|url\(", text) == []


@pytest.mark.parametrize("form", ["markdown", "json", "html"])
def test_what_was_deleted_is_nowhere(talk: Room, form: str):
    assert "a secret" not in written(talk, form, has_reasoning=True)


@pytest.mark.parametrize("form", ["markdown", "json", "html"])
def test_reasoning_is_there_for_who_asks(talk: Room, form: str):
    assert "Leaves, lobed." not in written(talk, form)
    assert "Leaves, lobed." in written(talk, form, has_reasoning=True)


def test_names_and_topics_are_text(ana: User, garden: Room):
    Room.objects.filter(pk=garden.pk).update(name="<script>x", topic="</style><b>")

    assert "<script>" not in written(garden, "html")
    assert "<b>" not in written(garden, "html")


def test_an_attempt_that_is_not_shown_is_not_there(talk: Room, ana: User):
    from chat.services.replies import retry_reply

    retry_reply(message=Message.objects.get(sequence=6), by=ana)
    write(Message.objects.get(sequence=6), text="No: a beech.")

    reply = json.loads(written(talk, "json"))["messages"][5]
    assert (reply["text"], reply["attempt"]["number"]) == ("No: a beech.", 2)
    assert "It is an *oak*." not in written(talk, "json", has_reasoning=True)


# --- A part of it ---


@pytest.mark.parametrize(
    ("after", "before", "sequences"),
    [("", "", [1, 2, 3, 4]), ("1", "", [2, 3, 4]), ("", "3", [1, 2]), ("1", "4", [2, 3]), ("9", "", [])],
)
def test_a_part_by_number(ana: User, garden: Room, after: str, before: str, sequences: list[int]):
    make_messages(4, garden, ana)

    told = json.loads(written(garden, "json", bounds=Bounds.parse(after, before)))

    assert [message["sequence"] for message in told["messages"]] == sequences


@pytest.mark.parametrize(
    ("after", "before", "sequences"),
    [
        ("2026-11-02", "", [2, 3, 4]),
        ("2026-11-02", "2026-11-03", [2]),
        ("2026-11-02T10:00:00Z", "2026-11-03T10:00:00", [2]),
        ("2026-11-02T11:00:00+01:00", "", [2, 3, 4]),
    ],
)
def test_a_part_by_day(ana: User, garden: Room, after: str, before: str, sequences: list[int]):
    for message in make_messages(4, garden, ana):
        moment = datetime(2026, 11, 1, 10, tzinfo=UTC) + timedelta(days=message.sequence - 1)
        Message.objects.filter(pk=message.pk).update(created_at=moment)

    told = json.loads(written(garden, "json", bounds=Bounds.parse(after, before)))

    assert [message["sequence"] for message in told["messages"]] == sequences


@pytest.mark.parametrize(
    "bound",
    [
        *("yesterday", "-1", "99999999999999999999", "2026-13-01", "2026-11-20T99:00"),
        *("0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00"),
    ],
)
def test_a_bound_that_makes_no_sense(bound: str):
    with pytest.raises(Invalid, match="after: "):
        Bounds.parse(bound)


# --- Who, and at what cost ---


def test_only_readers_take_a_room_along(eve: User, garden: Room):
    with pytest.raises(NotFound):
        open_export(slug=garden.slug, by=eve)


def test_what_is_said_meanwhile_is_not_part_of_it(ana: User, garden: Room):
    make_messages(2, garden, ana)
    export = export_room(room=fresh(garden), form="json")
    make_message(garden, ana, "too late")

    assert "too late" not in "".join(export.pieces)


def test_a_room_is_read_page_by_page(ana: User, garden: Room):
    fill(garden, ana, 3 * PAGE)

    with CaptureQueriesContext(connection) as queries:
        pieces = list(export_room(room=fresh(garden), form="markdown").pieces)

    assert len(pieces) > 3
    assert max(map(len, pieces)) < 40_000
    assert len(queries) <= (1 + 3 + 1) + 3  # each page has one for its files


def test_ten_times_the_room_takes_the_same_memory(ana: User, garden: Room):
    def peak_of_writing() -> int:
        tracemalloc.start()
        for _ in export_room(room=fresh(garden), form="json").pieces:
            pass
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    fill(garden, ana, PAGE)
    peak_of_writing()
    small = peak_of_writing()
    fill(garden, ana, 9 * PAGE)

    assert peak_of_writing() < 2 * small


def fill(room: Room, author: User, count: int) -> None:
    last = fresh(room).last_sequence
    Message.objects.bulk_create(
        Message(room=room, author=author, sequence=number, revision=number, created_revision=number, text="word " * 400)
        for number in range(last + 1, last + count + 1)
    )
    Room.objects.filter(pk=room.pk).update(last_sequence=last + count)
