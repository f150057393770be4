"""``GET …/messages/?since=`` as a page asks for it that no line stays open to."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from chat.models import Message, Room, User
from chat.services.messages import delete_message, mark_read, post_message
from chat.services.people import general_room
from chat.services.rooms import create_room
from tests.factories import make_person
from tests.realtime.tabs import read

pytestmark = pytest.mark.django_db


@pytest.fixture
def general() -> Room:
    return general_room()


@pytest.fixture
def polling(client: Client, general: Room) -> Any:
    ana = make_person("ana")
    client.force_login(ana)

    def poll(since: int, more: str = "") -> list[dict[str, Any]]:
        url = f"/rooms/general/messages/?since={since}{more}"
        return [read(frame) for frame in client.get(url, headers={"Accept": "application/json"}).json()["frames"]]

    return poll


def test_it_brings_what_a_sync_brings(polling: Any, general: Room):
    ben = make_person("ben")
    kept = post_message(room=general, author=ben, text="kept").message
    gone = post_message(room=general, author=ben, text="gone").message
    before = Room.objects.get(pk=general.pk).revision
    delete_message(message=gone, by=ben)
    new = post_message(room=general, author=ben, text="new").message

    found = polling(before)

    assert [(frame["type"], frame.get("message")) for frame in found] == [
        ("message.deleted", str(gone.pk)),
        ("message.created", str(new.pk)),
        ("synced", None),
    ]
    assert found[-1]["revision"] == new.revision
    assert [frame["type"] for frame in polling(new.revision)] == ["synced"]
    assert str(kept.pk) in {frame.get("message") for frame in polling(0)}


def test_ones_own_messages_come_with_the_client_id_and_others_without(polling: Any, general: Room):
    ana, ben = User.objects.get(username="ana"), make_person("ben")
    since, sent = general.revision, uuid4()
    hers = post_message(room=general, author=ana, text="mine", client_id=sent).message
    his = post_message(room=general, author=ben, text="his", client_id=uuid4()).message

    told = {frame["message"]: frame.get("client-id") for frame in polling(since) if "message" in frame}

    assert told == {str(hers.pk): str(sent), str(his.pk): None}


def test_too_much_is_a_resync(polling: Any, general: Room):
    ana = make_person("ann")
    rows = [Message(room=general, author=ana, sequence=n, revision=n, created_revision=n) for n in range(1, 502)]
    Message.objects.bulk_create(rows)
    Room.objects.filter(pk=general.pk).update(revision=501, last_sequence=501)

    assert [frame["type"] for frame in polling(0)] == ["resync"]


def test_who_says_how_their_list_of_rooms_was_drawn_is_told_when_it_would_be_another(polling: Any, general: Room):
    ana, ben = User.objects.get(username="ana"), make_person("ben")
    harbour = create_room(by=ana, name="Harbour")
    since = general.revision

    def drawn(tally: object) -> int:
        """As it is now; that it is another was told once, and is not told again."""
        (told,) = [frame for frame in polling(since, f"&tally={tally}") if frame["type"] == "rooms"]
        assert [frame for frame in polling(since, f"&tally={told['tally']}") if frame["type"] == "rooms"] == []
        return int(told["tally"])

    tally = drawn(0)
    post_message(room=harbour, author=ben, text="news")
    tally = drawn(tally)
    mark_read(room=harbour, user=ana, sequence=1)
    tally = drawn(tally)
    post_message(room=general, author=ben, text="here")
    assert "rooms" not in {frame["type"] for frame in polling(0, f"&tally={tally}") + polling(0)}


def test_a_page_still_gets_a_page(client: Client, polling: Any):
    answer = client.get("/rooms/general/messages/?since=0")

    assert answer.headers["Content-Type"].startswith("text/html")


def test_a_page_asked_for_since_what_the_room_has_not_reached_is_the_newest_as_after_a_restore(
    client: Client, polling: Any, general: Room
):
    said = post_message(room=general, author=make_person("ben"), text="what is kept").message

    nothing_new = client.get(f"/rooms/general/messages/?since={said.revision}")
    not_there_yet = client.get(f"/rooms/general/messages/?since={said.revision + 1}")

    assert ("what is kept" in nothing_new.content.decode(), "X-Resync" in nothing_new) == (False, False)
    assert ("what is kept" in not_there_yet.content.decode(), not_there_yet["X-Resync"]) == (True, "1")
    assert not_there_yet["X-Room-Revision"] == str(said.revision)
