from __future__ import annotations

from pathlib import Path

import pytest

from chat.models import Room, User
from chat.services.rooms import create_room, direct_room
from tests.commands.running import complaint, run
from tests.factories import fresh, make_assistant


def members(room: Room) -> set[str]:
    return set(room.memberships.values_list("user__username", flat=True))


def test_addroom_makes_a_public_room_named_by_its_address(db: None):
    assert run("addroom", "quiet-corner") == "quiet-corner: made."

    room = Room.objects.get()
    assert (room.name, room.kind, members(room)) == ("Quiet corner", "public", set())


def test_addroom_with_everything(ana: User, ben: User):
    make_assistant("helper")

    run(
        "addroom",
        "lab",
        "--name",
        "The Lab",
        "--topic",
        "Mice",
        "--private",
        "--member",
        "ana",
        "--member",
        "ben",
        "--assistant",
        "helper",
    )

    room = Room.objects.get(slug="lab")
    assert (room.name, room.topic, room.kind) == ("The Lab", "Mice", "private")
    assert members(room) == {"ana", "ben", "helper"}
    assert room.answering_assistant is None


def test_addroom_again_changes_what_is_given_only(ana: User, ben: User, garden: Room):
    assert run("addroom", "garden", "--name", "Orchard") == "garden: changed."
    assert (fresh(garden).name, fresh(garden).kind, members(garden)) == ("Orchard", "private", {"ana", "ben"})

    run("addroom", "garden", "--no-private")
    assert (fresh(garden).name, fresh(garden).kind) == ("Orchard", "public")


def test_addroom_again_leaves_an_owner_an_owner(ana: User, garden: Room):
    run("addroom", "garden", "--member", "ana")

    assert garden.memberships.get(user=ana).role == "owner"


def test_addroom_twice_the_same_changes_nothing(ana: User):
    words = ("addroom", "lab", "--name", "Lab", "--private", "--member", "ana")
    run(*words)
    before = Room.objects.get(slug="lab").revision

    run(*words)

    assert Room.objects.get(slug="lab").revision == before


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["lab", "--member", "nobody"], "There is nobody called nobody."),
        (
            ["lab", "--assistant", "ana"],
            "There is no assistant ana. Make it with: manage.py addassistant ana --provider …",
        ),
        (["The Lab"], "An address has small letters, digits, dashes and underscores, at most 64."),
    ],
)
def test_addroom_makes_nothing_when_something_will_not_do(ana: User, words: list[str], text: str):
    assert complaint("addroom", *words) == text
    assert list(Room.objects.values_list("slug", flat=True)) == ["general"]


def test_the_address_that_means_all_rooms_is_no_rooms(ana: User, garden: Room, tmp_path: Path):
    file = tmp_path / "garden.json"
    run("exportroom", "garden", "--output", str(file))

    assert complaint("addroom", "everybody") == "This address is reserved."
    assert "This address is reserved." in complaint("importroom", str(file), "--slug", "everybody")
    assert create_room(by=ana, name="Everybody").slug.startswith("everybody-")


def test_who_had_an_address_before_it_was_reserved_keeps_it(garden: Room):
    Room.objects.filter(pk=garden.pk).update(slug="everybody")

    assert run("addroom", "everybody", "--name", "Orchard") == "everybody: changed."


def test_addroom_brings_nobody_into_a_direct_room(ana: User, ben: User, eve: User):
    room = direct_room(by=ana, others=[ben])

    assert complaint("addroom", room.slug, "--member", "eve") == "A direct room keeps its people."
    assert members(room) == {"ana", "ben"}
