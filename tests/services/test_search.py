"""What finds a message, and for whom: the same on both databases."""

from __future__ import annotations

import pytest
from django.db import connection

from chat import markup, search
from chat.exceptions import TooBroad
from chat.models import Message, Room, User
from chat.replies import ledger
from chat.replies.outcomes import Outcome
from chat.search import Term, Wanted, places, postgresql
from chat.services.memberships import remove_member
from chat.services.messages import delete_message, edit_message
from tests.factories import make_assistant, make_message, make_reply, make_room, start_reply

pytestmark = pytest.mark.django_db


def found(typed: str, reader: User, *, before: int | None = None) -> list[str]:
    return [message.text for message in search.find(search.read(typed), reader, limit=50, before=before)]


SAID = (
    "The Café's door to Straße 12b is open_again, see https://example.org/doors?key=1 and “Äpfel”; "
    "नमस्ते, привет, Ёлка, 한국어"
)


@pytest.mark.parametrize(
    "typed",
    [
        "door",
        "doors",
        "DOO",
        "cafe",
        "café",
        "Cafe\u0301",
        "café's",
        "straße",
        "12b",
        "open_again",
        "again",
        "example.org",
        "https://example.org/doors?key=1",
        "apfel",
        "ÄPFEL",
        "नमस्ते",
        "Привет",
        "прив",
        "ёлка",
        "한국",
        "open door cafe",
        '"the cafe"',
        '"door to',
        '"Äpfel" door',
        "door 😀",
        "and",
    ],
)
def test_the_beginnings_of_words_are_found_whatever_their_case_and_accents(ana: User, garden: Room, typed: str):
    make_message(garden, ana, SAID)
    make_message(garden, ana, "nothing of that")

    assert found(typed, ana) == [SAID]


@pytest.mark.parametrize(
    "typed",
    [
        "oor",
        "door closed",
        '"door cafe"',
        '"the caf"',
        "windows",
        "😀",
        "",
        " ",
        '"',
        '""',
        "* OR NOT ( ) : & | ! <-> \\ '",
        "door NEAR closed",
        "text:door",
        "door OR windows",
        "door:windows",
    ],
)
def test_anything_else_finds_nothing_and_is_no_error(ana: User, garden: Room, typed: str):
    make_message(garden, ana, "The café’s door, and that")

    assert found(typed, ana) == []


def test_signs_mean_nothing(ana: User, garden: Room):
    make_message(garden, ana, "The café’s door, and that")

    for typed in ("!door", "door:", "(that)", "door*", "that|", "<door>", "door\\", "'door'", "do^", "café’s"):
        assert len(found(typed, ana)) == 1, typed


def test_the_newest_is_first_and_one_reads_on_before_it(ana: User, garden: Room, square: Room):
    said = [make_message(room, ana, f"door {number}") for number, room in enumerate([garden, square, garden])]

    assert found("door", ana) == ["door 2", "door 1", "door 0"]
    assert found("door", ana, before=said[2].pk) == ["door 1", "door 0"]
    assert found("door", ana, before=said[0].pk) == []


def test_where_and_by_whom(ana: User, ben: User, garden: Room, square: Room):
    for author, room in [(ana, garden), (ben, garden), (ana, square)]:
        make_message(room, author, f"door of {author.username} in {room.slug}")

    assert found("from:ana door", ana) == ["door of ana in square", "door of ana in garden"]
    assert found("door in:garden", ana) == ["door of ben in garden", "door of ana in garden"]
    assert found("in:#Garden FROM:@Ben door", ana) == ["door of ben in garden"]
    assert found("from:nobody door", ana) == found("in:nowhere door", ana) == []
    assert found("from:ana", ana) == []  # what?


@pytest.mark.parametrize("most_rooms", [0, 200])
def test_where_and_by_whom_also_where_more_rooms_are_read_than_are_named(
    ana: User, ben: User, garden: Room, square: Room, monkeypatch: pytest.MonkeyPatch, most_rooms: int
):
    monkeypatch.setattr(places, "MOST_ROOMS", most_rooms)
    cellar = make_room("cellar", ben, kind=Room.Kind.PRIVATE)
    for author, room in [(ana, garden), (ben, garden), (ben, cellar), (ana, square)]:
        make_message(room, author, f"door of {author.username} in {room.slug}")

    assert found("door in:garden from:ben", ana) == found("door from:ben", ana) == ["door of ben in garden"]
    assert found("door in:cellar", ana) == []
    assert found("door in:cellar", ben) == ["door of ben in cellar"]
    assert found(f"r{garden.pk}", ana) == found(f"a{ana.pk}", ana) == []  # what is kept beside the words is none


def test_nobody_finds_what_they_may_not_read(ana: User, ben: User, eve: User):
    secret = make_room("secret", ben, owner=ana, kind=Room.Kind.PRIVATE)
    make_message(secret, ana, "the door code")

    assert [found("code", reader) for reader in (ana, ben, eve)] == [["the door code"], ["the door code"], []]

    remove_member(room=secret, by=ana, user=ben)
    assert found("code in:secret", ben) == []


def test_what_is_edited_or_deleted_is_found_by_the_words_that_are_left(ana: User, garden: Room):
    edited, deleted = make_message(garden, ana, "the blue door"), make_message(garden, ana, "the blue gate")
    edit_message(message=edited, by=ana, text="the red door")
    delete_message(message=deleted, by=ana)

    assert (found("blue", ana), found("gate", ana), found("red door", ana)) == ([], [], ["the red door"])

    Message.objects.filter(pk=edited.pk).delete()
    assert found("door", ana) == []


def test_an_answer_is_found_once_it_is_written(ana: User, garden: Room):
    answer = make_reply(garden, ana, make_assistant("helper", garden))
    start_reply(answer)
    assert found("sunflowers", ana) == []

    lease = take_over(answer)
    body = markup.render("Plant **sunflowers**.")
    ledger.finish(lease, Outcome(status="complete", reason="stop", text="Plant **sunflowers**.", body=body))

    assert found("sunflower from:helper", ana) == ["Plant **sunflowers**."]


def take_over(answer: Message) -> ledger.Lease:
    ledger.hand_back("a writer")
    (lease,) = ledger.claim("another", 1)
    assert lease.message_id == answer.pk
    return lease


def test_a_long_answer_of_nothing_but_different_words_can_be_stored(ana: User, garden: Room):
    """PostgreSQL holds a megabyte of them for one row, and refuses the row that has more."""
    words = " ".join(chr(0xAC00 + number % 11_000) + f"{number:x}" for number in range(60_000))
    message = make_message(garden, ana)
    Message.objects.filter(pk=message.pk).update(text=words)

    assert found("가0", ana) == [words]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite reads no more than what is shown")
@pytest.mark.django_db(transaction=True)
def test_what_takes_too_long_is_given_up(ana: User, garden: Room, monkeypatch: pytest.MonkeyPatch):
    make_message(garden, ana, "door")
    monkeypatch.setattr(postgresql, "NEWEST", 0)
    monkeypatch.setattr(postgresql, "PATIENCE_MS", 20)
    monkeypatch.setattr(postgresql, "_MATCH", f"{postgresql._MATCH} AND pg_sleep(5) IS NOT NULL")

    with pytest.raises(TooBroad):
        found("door", ana)

    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)  # nobody else is hurried


@pytest.mark.skipif(connection.vendor != "postgresql", reason="of PostgreSQL's own")
def test_what_only_python_takes_for_a_word_finds_nothing(ana: User, garden: Room, monkeypatch: pytest.MonkeyPatch):
    """Where a locale has no such letters nothing would be left to look for but the rooms."""
    make_message(garden, ana, "door")
    monkeypatch.setattr(postgresql, "_tsquery", lambda terms: "'!'")

    assert found("①", ana) == []


def test_what_is_older_than_the_newest_is_found_behind_them(ana: User, garden: Room, monkeypatch: pytest.MonkeyPatch):
    said = [make_message(garden, ana, f"door {number}") for number in range(6)]
    monkeypatch.setattr(postgresql, "NEWEST", 2)

    assert found("door", ana) == [f"door {number}" for number in reversed(range(6))]
    assert found("door", ana, before=said[4].pk) == ["door 3", "door 2", "door 1", "door 0"]
    assert len(search.find(search.read("door"), ana, limit=3)) == 3


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("", Wanted(())),
        ("  ?! ", Wanted(())),
        ("Two words", Wanted((Term("Two"), Term("words")))),
        ("well-known", Wanted((Term("well known"),))),
        ('ab "b c" "d', Wanted((Term("ab"), Term("b c", is_exact=True), Term("d", is_exact=True)))),
        ("in:garden xy from:Ana", Wanted((Term("xy"),), author="ana", room="garden")),
        ("from: xy", Wanted((Term("from"), Term("xy")))),
        ("xy " * 400, Wanted((Term("xy"),) * 20)),
        ("C# 가", Wanted((Term("C", is_exact=True), Term("가")))),
    ],
)
def test_what_is_typed_is_read(typed: str, wanted: Wanted):
    assert search.read(typed) == wanted


def test_words_are_known_again_where_they_stand(db: None):
    is_hit = search.read('Café-door "red gate"').is_hit

    words = ["CAFES", "cafe", "doors", "red", "reds", "gate", "Gates", "indoor"]
    assert list(filter(is_hit, words)) == ["cafe", "doors", "red", "gate"]
