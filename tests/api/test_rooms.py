from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat.models import Room, User
from chat.services.rooms import archive_room
from tests.api.asking import Program
from tests.factories import make_message, make_room, membership


def test_a_room_as_its_member_sees_it(ana: User, garden: Room):
    garden = make_message(garden, ana).room

    assert Program(ana).get("/rooms/garden") == (
        200,
        {
            "slug": "garden",
            "name": "Garden",
            "kind": "private",
            "topic": "",
            "archived": False,
            "members": 2,
            "sequence": 1,
            "revision": garden.revision,
            "role": "owner",
            "last_read": 1,
            "unread": 0,
        },
    )


def test_what_others_wrote_is_unread(ana: User, ben: User, garden: Room):
    make_message(garden, ana)
    make_message(garden, ana)

    _, room = Program(ben).get("/rooms/garden")

    assert (room["sequence"], room["last_read"], room["unread"]) == (2, 0, 2)


def test_a_stranger_sees_a_public_room_without_a_role(eve: User, square: Room):
    status, room = Program(eve).get("/rooms/square")

    assert (status, room["role"], room["last_read"], room["unread"]) == (200, None, None, 0)


@pytest.mark.parametrize("path", ["/rooms/garden", "/rooms/garden/messages", "/rooms/nowhere"])
def test_a_private_room_is_not_there_for_a_stranger(eve: User, garden: Room, path: str):
    assert Program(eve).get(path) == (404, {"code": "not_found", "detail": "There is nothing here."})


def test_the_list_has_the_rooms_one_may_read(eve: User, garden: Room, square: Room):
    _, answer = Program(eve).get("/rooms")

    assert [room["slug"] for room in answer["rooms"]] == ["general", "square"]
    assert answer["more"] is False


def test_the_list_of_joined_rooms(eve: User, garden: Room, square: Room):
    _, answer = Program(eve).get("/rooms", joined=True)

    assert [room["slug"] for room in answer["rooms"]] == ["general"]


def test_a_long_list_comes_in_pages(ana: User):
    for number in range(3):
        make_room(f"room-{number}")
    program = Program(ana)

    _, first = program.get("/rooms", limit=2)
    _, second = program.get("/rooms", limit=2, after=first["rooms"][-1]["slug"])

    assert [room["slug"] for room in first["rooms"] + second["rooms"]] == ["general", "room-0", "room-1", "room-2"]
    assert (first["more"], second["more"]) == (True, False)


@pytest.mark.parametrize("count", [1, 30])
def test_the_list_costs_the_same_for_one_room_and_for_thirty(ana: User, count: int):
    for number in range(count):
        make_room(f"room-{number}", ana)
    program = Program(ana)
    program.get("/rooms")  # notes the token's use

    with CaptureQueriesContext(
        connection,
    ) as queries:
        program.get("/rooms")

    assert len(queries) == 2  # the token, the rooms


def test_make_a_room(ana: User):
    status, room = Program(ana).post("/rooms", {"name": "  The Lab ", "kind": "private", "topic": "Mice\nand men"})

    assert (status, room["slug"], room["name"], room["kind"], room["topic"], room["role"]) == (
        201,
        "the-lab",
        "The Lab",
        "private",
        "Mice and men",
        "owner",
    )


def test_a_room_with_an_address_of_its_own(ana: User):
    assert Program(ana).post("/rooms", {"name": "Lab", "slug": "x-1"})[1]["slug"] == "x-1"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"name": "Square", "slug": "square"}, "taken"),
        ({"name": "Lab", "slug": "No Address"}, "invalid"),
        ({"name": " \u0000 "}, "invalid"),
        ({"name": "x" * 81}, "invalid"),
        ({"name": "Lab", "kind": "direct"}, "invalid"),
        ({}, "invalid"),
    ],
)
def test_a_room_that_cannot_be(ana: User, square: Room, body: dict[str, str], code: str):
    status, answer = Program(ana).post("/rooms", body)

    assert (status, answer["code"]) == (422, code)
    assert set(Room.objects.values_list("slug", flat=True)) == {"general", "square"}


def test_join_and_leave(eve: User, square: Room):
    program = Program(eve)

    assert program.post("/rooms/square/join")[1]["role"] == "member"
    assert program.post("/rooms/square/join")[1]["members"] == 2
    assert program.post("/rooms/square/leave") == (204, None)
    assert program.post("/rooms/square/leave") == (204, None)
    assert program.get("/rooms/square")[1]["role"] is None


@pytest.mark.parametrize("act", ["join", "leave"])
def test_a_stranger_cannot_join_or_leave_what_they_do_not_see(eve: User, garden: Room, act: str):
    assert Program(eve).post(f"/rooms/garden/{act}")[0] == 404
    assert garden.memberships.filter(user=eve).exists() is False


def test_whoever_leaves_a_private_room_does_not_see_it_any_more(ben: User, garden: Room):
    program = Program(ben)

    assert program.post("/rooms/garden/leave") == (204, None)
    assert program.get("/rooms/garden")[0] == 404


def test_an_archived_room_cannot_be_joined(eve: User, square: Room):
    archive_room(room=square, by=None)

    assert Program(eve).post("/rooms/square/join")[1]["code"] == "archived"


def test_a_new_member_has_read_everything(ana: User, eve: User, square: Room):
    make_message(square, ana)

    Program(eve).post("/rooms/square/join")

    assert membership(square, eve).last_read_sequence == 1
