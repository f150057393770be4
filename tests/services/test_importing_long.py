"""A long file costs the memory of a short one; one that breaks off leaves nothing behind."""

from __future__ import annotations

import gc
import json
import tracemalloc
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import pytest
from django.db import connection

from chat.exceptions import Invalid
from chat.models import Attempt, Message, Reply, Room, User
from chat.services.exporting.as_json import JsonFile
from chat.services.exporting.bounds import Bounds
from chat.services.exporting.files import Chosen
from chat.services.importing import Imported, import_room, read_file
from chat.services.importing.messages import BATCH, rendered
from chat.services.importing.reading import Malformed, read_object
from chat.services.importing.shapes import MessageFile, RenderedFile
from chat.services.importing.spool import Spool
from tests.factories import fresh, make_assistant, make_reply, start_reply
from tests.services.test_exporting import talk
from tests.services.test_importing import told

__all__ = ["talk"]

MOMENT = "2026-11-20T10:00:00Z"


def lines(count: int, text: str) -> Iterator[dict[str, Any]]:
    """Each quotes one that is more than a batch away, and every fourth is a reply to it."""
    for sequence in range(1, count + 1):
        said: dict[str, Any] = {"sequence": sequence, "author": "ana", "created_at": MOMENT, "text": text}
        if sequence > BATCH + 1:
            said["reply_to"] = sequence - BATCH - 1
            if sequence % 4 == 0:
                said |= {"author": "helper", "prompt": sequence - BATCH - 1, "status": "complete"}
                said["attempt"] = {"number": 1, "started_at": MOMENT}
        yield said


def file_of(count: int, text: str = "hello", slug: str = "orchard") -> bytes:
    room = {"slug": slug, "name": "Orchard", "kind": "private", "created_at": MOMENT}
    people = [{"name": "ana", "kind": "person"}, {"name": "helper", "kind": "assistant"}]
    members = [{"name": "ana", "role": "owner", "joined_at": MOMENT}]
    head = {"format": "chat-room", "version": 1, "room": room, "people": people, "members": members}
    said = ",\n".join(map(json.dumps, lines(count, text)))
    return f'{json.dumps(head)[:-1]},"messages":[\n{said}\n]}}\n'.encode()


def imported(content: bytes) -> Imported:
    with read_file(BytesIO(content)) as file:
        return import_room(file)


def test_what_is_far_apart_is_joined_as_what_is_near(ana: User) -> None:
    count = 2 * BATCH + 50

    room = imported(file_of(count)).room

    assert list(room.messages.order_by("sequence").values_list("sequence", flat=True)) == list(range(1, count + 1))
    far = Message.objects.filter(room=room, sequence__gt=BATCH + 1).values_list("sequence", "reply_to__sequence")
    assert all(quoted == sequence - BATCH - 1 for sequence, quoted in far)
    replies = Reply.objects.filter(message__room=room)
    asked = replies.values_list("message__sequence", "prompt__sequence", "asker__username", "current__number")
    assert list(asked.order_by("message__sequence")) == [
        (sequence, sequence - BATCH - 1, "helper" if (sequence - BATCH - 1) % 4 == 0 > BATCH else "ana", 1)
        for sequence in range(BATCH + 4, count + 1, 4)
    ]


def test_a_long_file_takes_no_more_memory_than_a_short_one(ana: User) -> None:
    """It is read, looked through and put down line by line, and made some hundred at a time."""
    content = file_of(4 * BATCH, text="some words, " * 80)
    held = []

    def look(execute: Callable[..., Any], sql: str, *given: Any) -> Any:
        if sql.startswith('INSERT INTO "chat_message"'):
            held.append(sum(isinstance(one, MessageFile) for one in gc.get_objects()))
        return execute(sql, *given)

    tracemalloc.start()
    try:
        with read_file(BytesIO(content)) as file, Spool(RenderedFile) as bodies:
            bodies.fill(map(rendered, file.messages))
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            with connection.execute_wrapper(look):
                import_room(file)
    finally:
        tracemalloc.stop()

    assert peak < len(content) / 2
    assert len(held) >= 4
    assert max(held) <= 2 * BATCH


@pytest.mark.parametrize("share", [0.02, 0.5, 0.999])
def test_a_file_that_breaks_off_leaves_nothing_half_done(ana: User, share: float) -> None:
    content = file_of(2 * BATCH)
    people = User.objects.count()

    with pytest.raises(Invalid, match="no export of a room"):
        imported(content[: int(len(content) * share)])

    assert not Room.objects.filter(slug="orchard").exists()
    assert User.objects.count() == people


def test_the_order_of_its_keys_is_free(talk: Room) -> None:
    file = told(talk)
    turned = dict(sorted({**file, "room": {**file["room"], "slug": "orchard"}, "later": [{"deep": [1]}]}.items()))

    made = imported(json.dumps(turned, indent=2).encode())

    assert list(turned) == ["format", "later", "members", "messages", "people", "room", "version"]
    assert told(made.room) == {**file, "room": {**file["room"], "slug": "orchard"}}


@pytest.mark.parametrize("piece", [1, 2, 7])
def test_it_is_read_alike_in_whatever_pieces_it_comes(monkeypatch: pytest.MonkeyPatch, piece: int) -> None:
    monkeypatch.setattr("chat.services.importing.reading.PIECE", piece)
    written: dict[str, Any] = {"a": 12345, "list": [{"é": '"]}'}, -1.5e3, [], "x"], "z": True}

    found = list(read_object(BytesIO(f" {json.dumps(written)} \n".encode()), "list"))

    assert found == [("a", 12345), *(("list", one) for one in written["list"]), ("z", True)]


@pytest.mark.parametrize(
    "text",
    ['{"list":[1,]}', '{"list":[1 2]}', '{"list":[1]} x', '{"list":[1],"list":[]}', '{"a":1}', '{"list":{}}',
     '{1:2,"list":[]}', '{"list":[1]', '{"list":' + "[" * 100_000, '{"a":"' + "x" * 200 + '","list":[]}'],
)  # fmt: skip
def test_what_is_not_well_formed_is_found(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("chat.services.importing.reading.PIECE", 16)
    monkeypatch.setattr("chat.services.importing.reading.LONGEST", 100)

    with pytest.raises(Malformed):
        list(read_object(BytesIO(text.encode()), "list"))


def test_what_happens_while_it_is_read_leaves_a_file_that_can_be_read_again(ana: User, ben: User, garden: Room) -> None:
    """Somebody comes and somebody stands in, once the people of the file are written already."""
    reply = make_reply(garden, ana, make_assistant("helper", garden))
    pieces = JsonFile(Chosen(fresh(garden), Bounds()))
    head = pieces.head()
    stand_in = make_assistant("other", garden)
    start_reply(reply)
    Attempt.objects.filter(reply__message=reply).update(answered_by=stand_in)

    said = [pieces.message(message) for message in Chosen(fresh(garden), Bounds()).messages().order_by("sequence")]

    with read_file(BytesIO((head + "".join(said) + pieces.foot()).encode())) as file:
        assert import_room(file, is_new=True).message_count == 2


def test_a_reply_that_went_on_for_long_comes_back(ana: User, garden: Room) -> None:
    """What a provider says in one go is bounded; who is told to go on begins behind that."""
    reply = make_reply(garden, ana, make_assistant("helper", garden))
    Message.objects.filter(pk=reply.pk).update(text="word " * 80_000, status="complete")

    with read_file(BytesIO(json.dumps(told(garden)).encode())) as file:
        room = import_room(file, is_new=True).room

    assert room.messages.get(sequence=2).text == "word " * 80_000
