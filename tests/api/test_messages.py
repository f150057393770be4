from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat import wire
from chat.models import Message, Room, User
from chat.services.messages import delete_message, edit_message
from chat.services.reactions import toggle_reaction
from tests.api.asking import Program
from tests.factories import fresh, make_message, make_messages


def sequences(answer: dict[str, Any]) -> list[int]:
    return [message["sequence"] for message in answer["messages"]]


def test_saying_something(ana: User, garden: Room):
    status, said = Program(ana).post("/rooms/garden/messages", {"text": "**hi** @ben"})

    assert status == 201
    assert said == wire.message(Message.objects.get())
    assert (said["text"], said["sequence"], said["author"]["name"], said["status"]) == (
        "**hi** @ben",
        1,
        "ana",
        "complete",
    )
    assert "<strong>hi</strong>" in said["html"]


def test_the_same_client_id_again_is_the_first_message(ana: User, garden: Room):
    program, body = Program(ana), {"text": "once", "client_id": str(uuid.uuid4())}

    first = program.post("/rooms/garden/messages", body)
    again = program.post("/rooms/garden/messages", body)

    assert (first[0], again[0]) == (201, 200)
    assert first[1] == again[1]
    assert Message.objects.count() == 1


def test_answering_a_message_of_the_room(ana: User, garden: Room, square: Room):
    here, elsewhere = make_message(garden, ana), make_message(square, ana)
    program = Program(ana)

    assert program.post("/rooms/garden/messages", {"text": "yes", "reply_to": here.pk})[1]["reply_to"] == here.pk
    assert program.post("/rooms/garden/messages", {"text": "no", "reply_to": elsewhere.pk})[0] == 404


@pytest.mark.parametrize(("text", "code"), [(" \n ", "empty"), ("x" * 16_001, "too_long")])
def test_what_cannot_be_said(ana: User, garden: Room, text: str, code: str):
    status, answer = Program(ana).post("/rooms/garden/messages", {"text": text})

    assert (status, answer["code"]) == (422, code)
    assert Message.objects.count() == 0


def test_posting_in_a_public_room_joins_it(eve: User, square: Room):
    assert Program(eve).post("/rooms/square/messages", {"text": "hello"})[0] == 201
    assert square.memberships.filter(user=eve).exists() is True


def test_a_stranger_neither_reads_nor_writes_in_a_private_room(ana: User, eve: User, garden: Room):
    message = make_message(garden, ana)
    program = Program(eve)

    assert program.post("/rooms/garden/messages", {"text": "hello"})[0] == 404
    assert program.get(f"/messages/{message.pk}")[0] == 404
    assert program.get(f"/messages/{message.pk}/attempts")[0] == 404
    assert program.patch(f"/messages/{message.pk}", {"text": "mine"})[0] == 404
    assert program.delete(f"/messages/{message.pk}")[0] == 404
    assert program.post(f"/messages/{message.pk}/stop")[0] == 404
    assert program.post(f"/messages/{message.pk}/retry")[0] == 404


def test_the_newest_page_comes_without_a_bound(ana: User, garden: Room):
    make_messages(5, garden, ana)

    _, answer = Program(ana).get("/rooms/garden/messages", limit=3)

    assert (sequences(answer), answer["more"], answer["revision"]) == ([3, 4, 5], True, fresh(garden).revision)


def test_history_before_and_after(ana: User, garden: Room):
    make_messages(5, garden, ana)
    program = Program(ana)

    _, before = program.get("/rooms/garden/messages", before=3)
    _, after = program.get("/rooms/garden/messages", after=3, limit=1)
    _, last = program.get("/rooms/garden/messages", after=4)

    assert (sequences(before), before["more"]) == ([1, 2], False)
    assert (sequences(after), after["more"]) == ([4], True)
    assert (sequences(last), last["more"]) == ([5], False)


def test_an_empty_room(ana: User, garden: Room):
    assert Program(ana).get("/rooms/garden/messages") == (
        200,
        {"messages": [], "revision": garden.revision, "more": False},
    )


def test_changes_come_in_the_order_they_were_made_with_tombstones(ana: User, garden: Room):
    first, second, _ = make_messages(3, garden, ana)
    since = fresh(garden).revision
    delete_message(message=second, by=ana)
    edit_message(message=first, by=ana, text="otherwise")

    _, answer = Program(ana).get("/rooms/garden/messages", since=since)

    assert [(message["id"], message["text"]) for message in answer["messages"]] == [
        (second.pk, ""),
        (first.pk, "otherwise"),
    ]
    assert answer["messages"][0]["deleted_at"] is not None
    assert (answer["revision"], answer["more"]) == (since + 2, False)


def test_many_changes_are_read_page_by_page(ana: User, garden: Room):
    make_messages(7, garden, ana)
    program, seen, since, more = Program(ana), [], 0, True

    while more:
        _, answer = program.get("/rooms/garden/messages", since=since, limit=3)
        seen += sequences(answer)
        since, more = answer["revision"], answer["more"]

    assert (seen, since) == ([1, 2, 3, 4, 5, 6, 7], fresh(garden).revision)


@pytest.mark.parametrize(
    "query",
    [
        {"before": 1, "after": 1},
        {"since": 1, "after": 1},
        {"limit": 0},
        {"limit": 501},
        {"since": -1},
        {"before": 2**63},
        {"after": "x"},
    ],
)
def test_bounds_that_make_no_sense(ana: User, garden: Room, query: dict[str, object]):
    status, answer = Program(ana).get("/rooms/garden/messages", **query)

    assert (status, answer["code"]) == (422, "invalid")


@pytest.mark.parametrize("count", [1, 30])
def test_a_page_costs_the_same_for_one_message_and_for_thirty(ana: User, garden: Room, count: int):
    make_messages(count, garden, ana)
    program = Program(ana)
    program.get("/rooms/garden/messages")  # notes the token's use

    with CaptureQueriesContext(connection) as queries:
        program.get("/rooms/garden/messages")

    assert len(queries) == 4  # the token, the room, the messages, their files


@pytest.mark.parametrize("count", [1, 10])
def test_who_reacted_is_asked_once_for_a_whole_page(ana: User, ben: User, garden: Room, count: int):
    for number in range(count):
        toggle_reaction(message=make_message(garden, ana, f"line {number}"), by=ben, emoji="👍")
    program = Program(ana)
    program.get("/rooms/garden/messages")  # notes the token's use

    with CaptureQueriesContext(connection) as queries:
        _, answer = program.get("/rooms/garden/messages")

    assert [message["reactions"]["👍"][0]["name"] for message in answer["messages"]] == ["ben"] * count
    assert len(queries) == 5  # the token, the room, the messages, their files, the people


def test_reading_editing_and_deleting_one(ana: User, garden: Room):
    message = make_message(garden, ana, "helo")
    program, path = Program(ana), f"/messages/{message.pk}"

    assert program.get(path)[1]["text"] == "helo"
    assert program.patch(path, {"text": "hello"})[1]["text"] == "hello"
    assert program.get(path)[1]["edited_at"] is not None
    assert program.delete(path)[1]["text"] == ""
    assert program.get(path)[1]["deleted_at"] is not None
    assert program.delete(path)[0] == 404
    assert program.patch(path, {"text": "again"})[0] == 404


def test_the_words_of_others_stay_as_they_are(ana: User, ben: User, garden: Room):
    message = make_message(garden, ana)
    program = Program(ben)

    assert program.patch(f"/messages/{message.pk}", {"text": "mine"})[1]["code"] == "forbidden"
    assert program.delete(f"/messages/{message.pk}")[1]["code"] == "forbidden"
    assert Message.objects.get().text == "hello"


def test_an_owner_deletes_any_message(ana: User, ben: User, garden: Room):
    message = make_message(garden, ben)

    assert Program(ana).delete(f"/messages/{message.pk}")[0] == 200
