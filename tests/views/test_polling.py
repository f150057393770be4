"""``GET …/messages/?since=`` as a page asks for it that no line stays open to."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from chat.models import Message, Room
from chat.services.messages import delete_message, post_message
from chat.services.people import general_room
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

    def poll(since: int) -> list[dict[str, Any]]:
        url = f"/rooms/general/messages/?since={since}"
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


def test_too_much_is_a_resync(polling: Any, general: Room):
    ana = make_person("ann")
    rows = [Message(room=general, author=ana, sequence=n, revision=n, created_revision=n) for n in range(1, 502)]
    Message.objects.bulk_create(rows)
    Room.objects.filter(pk=general.pk).update(revision=501, last_sequence=501)

    assert [frame["type"] for frame in polling(0)] == ["resync"]


def test_a_page_still_gets_a_page(client: Client, polling: Any):
    answer = client.get("/rooms/general/messages/?since=0")

    assert answer.headers["Content-Type"].startswith("text/html")
