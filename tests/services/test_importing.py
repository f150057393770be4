"""A room made of a file: equal to what was exported, or not at all."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

import pytest

from chat.exceptions import Invalid, NameTaken
from chat.models import Assistant, Membership, Mention, Message, Reply, Room, User
from chat.services.exporting import Bounds, export_room
from chat.services.importing import Imported, import_room, read_file
from chat.services.messages import post_message
from chat.services.replies import retry_reply
from chat.services.rooms import direct_room
from tests.factories import fresh, make_message
from tests.services.test_exporting import talk

__all__ = ["talk"]


def told(room: Room, **given: Any) -> dict[str, Any]:
    export = export_room(room=fresh(room), form="json", has_reasoning=True, **given)
    return dict(json.loads("".join(export.pieces)))


def make(file: dict[str, Any], **given: Any) -> Room:
    return imported(json.dumps(file).encode(), **given).room


def imported(content: bytes, **given: Any) -> Imported:
    with read_file(BytesIO(content)) as file:
        return import_room(file, **given)


def test_what_is_imported_is_what_was_exported(talk: Room):
    before = told(talk)

    after = told(make(before, slug="orchard"))

    assert after == {**before, "room": {**before["room"], "slug": "orchard"}}


def test_who_was_told_to_be_silent_stays_so(talk: Room, ana: User):
    Membership.objects.filter(room=talk, user__username="helper").update(is_silent=True)
    Room.objects.filter(pk=talk.pk).update(has_assistants=False)
    before = told(talk)

    room = make(before, is_new=True)

    assert told(room)["members"] == before["members"]
    assert (room.has_assistants, before["room"]["has_assistants"]) == (False, False)
    silent = room.memberships.filter(is_silent=True)
    assert list(silent.values_list("user__username", flat=True)) == ["helper"]
    post_message(room=room, author=ana, text="@helper are you there?")
    assert not Reply.objects.filter(message__room=room, is_open=True).exists()


def test_texts_are_rendered_anew(talk: Room):
    file = told(talk)
    file["messages"][0] |= {"text": "<script>x</script> **b** @ben", "html": "<script>alert(1)</script>"}

    room = make(file, slug="orchard")

    message = room.messages.get(sequence=1)
    assert "<script>" not in message.html
    assert "<strong>b</strong>" in message.html
    assert Mention.objects.get(message=message).user.username == "ben"


def test_the_room_goes_on_from_there(talk: Room, ana: User):
    room = make(told(talk), slug="orchard")

    posted = post_message(room=room, author=ana, text="and now?").message

    assert posted.sequence == 9
    assert posted.revision > room.changed_revision
    assert Membership.objects.get(room=room, user=ana).last_read_sequence == 9


def test_a_reply_can_be_asked_for_again(talk: Room, ana: User):
    room = make(told(talk), slug="orchard")

    retry_reply(message=room.messages.get(sequence=6), by=ana)

    assert Reply.objects.get(message__room=room, message__sequence=6).is_open


def test_whoever_is_not_known_is_made_without_access(talk: Room):
    file = json.loads(json.dumps(told(talk)).replace('"ben"', '"zoe"').replace('"helper"', '"robot"'))

    made = imported(json.dumps(file).encode(), slug="orchard")

    zoe, robot = (User.objects.get(username=name) for name in ("zoe", "robot"))
    assert made.made == ["robot", "zoe"]
    assert (zoe.is_active, zoe.has_usable_password(), zoe.kind) == (False, False, "person")
    assert (robot.is_active, Assistant.objects.get(user=robot).enabled) == (False, False)
    assert {member.user.username for member in made.room.memberships.all()} == {"ana", "zoe", "robot"}


def test_a_reply_that_was_being_written_is_interrupted(talk: Room):
    file = told(talk)
    file["messages"][5]["status"] = "streaming"

    assert make(file, slug="orchard").messages.get(sequence=6).status == "interrupted"


def test_a_part_is_numbered_from_one(talk: Room):
    file = told(talk, bounds=Bounds.parse(after="4"))

    made = imported(json.dumps(file).encode(), slug="orchard")

    assert (made.begins_at, made.message_count) == (5, 4)
    assert list(made.room.messages.order_by("sequence").values_list("sequence", flat=True)) == [1, 2, 3, 4]
    assert Reply.objects.get(message__room=made.room, message__sequence=2).prompt.sequence == 1


def test_a_reply_whose_question_is_not_in_the_part_is_a_message(talk: Room):
    room = make(told(talk, bounds=Bounds.parse(after="5")), slug="orchard")

    reply = room.messages.get(sequence=1)
    assert (reply.text, reply.is_reply, reply.status) == ("It is an *oak*.", False, "complete")


def test_an_address_that_is_taken_is_refused_and_nothing_is_made(talk: Room):
    with pytest.raises(NameTaken, match="garden already"):
        make(told(talk))

    assert Room.objects.filter(slug__startswith="garden").count() == 1


def test_as_new_it_gets_an_address_of_its_own(talk: Room):
    room = make(told(talk), is_new=True)

    assert room.slug.startswith("garden-")


def test_a_direct_conversation_is_one_of_its_people(ana: User, ben: User):
    direct = direct_room(by=ana, others=[ben])
    make_message(direct, ana, "hi")
    file = told(direct)

    with pytest.raises(NameTaken, match="direct conversation"):
        make(file, slug="other")
    assert make(file, is_new=True).kind == "private"
    direct.memberships.all().delete()
    Room.objects.filter(pk=direct.pk).update(direct_key="gone", slug="gone")
    again = make(file)
    assert direct_room(by=ben, others=[ana]) == again


def test_an_empty_room(garden: Room):
    room = make(told(garden), slug="orchard")

    assert (room.last_sequence, room.memberships.count()) == (0, 2)


def test_somebody_else_of_the_name_is_not_spoken_for(talk: Room):
    file = told(talk)
    file["people"][1]["kind"] = "bot"

    with pytest.raises(Invalid, match="ben is a bot in this file, and a person here"):
        make(file, slug="orchard")

    assert not Room.objects.filter(slug="orchard").exists()


def changed(file: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """With something else at ``messages.0.author``."""
    *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    place: Any = file
    for step in way:
        place = place[step]
    place[last] = value
    return file


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        ("format", "zip", "format: "),
        ("version", 2, "version: "),
        ("room.slug", "../etc", "room.slug: "),
        ("room.name", "  ", "room.name: "),
        ("room.name", "\u0958" * 41, "room.name: "),  # each is two letters
        ("room.name", "\x00\u202e\u3164", "room.name: Nothing of it can be seen"),
        ("room.created_at", "0001-01-01T00:00:00+14:00", "room.created_at: Not every clock has this moment"),
        ("room.kind", "secret", "room.kind: "),
        ("room.answering_assistant", "ana", "ana is no assistant"),
        ("people.0.name", "Room Service", "people.0.name: "),
        ("people.0.name", "ben", "named twice"),
        ("members.0.name", "nobody", "nobody is not among the people"),
        ("members.0.role", "king", "members.0.role: "),
        ("messages.0.author", "nobody", "nobody is not among the people"),
        ("messages.0.reactions", {"👍": ["nobody"]}, "nobody is not among the people"),
        ("messages.0.reactions", {"no": ["ana"]}, "This is not one emoji"),
        ("messages.0.reactions", {"👍": ["ana"] * 501}, "messages.0.reactions"),
        ("messages.0.sequence", 7, "2 where 8 should be"),
        ("messages.3.sequence", 44, "44 where 4 should be"),
        ("messages.0.sequence", "1", "messages.0.sequence: "),
        ("messages.0.created_at", "yesterday", "messages.0.created_at: "),
        ("messages.0.created_at", "2026-11-20T10:00:00", "messages.0.created_at: "),
        ("messages.0.created_at", "0001-01-01T00:00:00Z", "Not every clock has this moment"),
        ("messages.0.edited_at", "9999-12-31T23:59:59-12:00", "messages.0.edited_at: "),
        ("messages.0.text", "x" * (1024 * 1024 + 1), "messages.0.text: "),
        ("messages.1.reply_to", 2, "its reply_to comes before it"),
        ("messages.5.prompt", 9, "its prompt comes before it"),
        ("messages.5.author", "ana", "ana is no assistant"),
        ("messages.5.attempt.answered_by", "ana", "ana is no assistant"),
        ("room.has_assistants", "no", "room.has_assistants: "),
        ("members.0.is_silent", 1, "members.0.is_silent: "),
        ("messages.5.attempt.number", 0, "messages.5.attempt.number: "),
        ("messages.5.attempt.number", 32_767, "messages.5.attempt.number: "),  # no other could follow
        ("messages.5.attempt.usage.prompt", -1, "messages.5.attempt.usage.prompt: "),
        ("messages.5.status", "fine", "messages.5.status: "),
        ("messages", {}, "messages: "),
    ],
)
def test_what_makes_no_sense_is_said_in_one_line(talk: Room, path: str, value: Any, problem: str):
    file = changed(told(talk), path, value)

    with pytest.raises(Invalid) as refused:
        make(file, slug="orchard")

    assert problem in refused.value.detail
    assert "\n" not in refused.value.detail
    assert len(refused.value.detail) < 300
    assert not Room.objects.filter(slug="orchard").exists()


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"no json", b"[]", b"\xff\xfe", b"[" * 100_000, b'{"format":"chat-room"', b"null"),
        b'{"version":' + b"9" * 5_000 + b"}",
        b'{"messages":[{"sequence":' + b"9" * 5_000 + b"}]}",
    ],
)
def test_what_is_no_export_is_refused(content: bytes):
    with pytest.raises(Invalid, match="no export of a room"):
        imported(content)


def test_what_no_database_would_take_is_left_out(talk: Room):
    file = changed(told(talk), "messages.0.text", "a\x00b")
    file = changed(file, "room.topic", "one\x00\ntwo")
    file["people"].append({"name": "zoe", "kind": "person", "display_name": "Zo\x00e"})

    room = make(file, slug="orchard")

    assert (room.messages.get(sequence=1).text, room.topic) == ("ab", "one two")
    assert User.objects.get(username="zoe").display_name == "Zoe"


def test_a_mark_that_an_editor_put_before_it_is_no_part_of_it(talk: Room):
    content = b"\xef\xbb\xbf" + json.dumps(told(talk)).encode()

    assert imported(content, slug="orchard").message_count == 8


def test_a_reserved_name_is_nobodys(talk: Room):
    file = json.loads(json.dumps(told(talk)).replace('"ben"', '"admin"'))

    with pytest.raises(Invalid, match="reserved"):
        make(file, slug="orchard")

    assert Message.objects.filter(room__slug="orchard").count() == 0
    assert not User.objects.filter(username="admin").exists()
