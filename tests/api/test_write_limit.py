"""Every call that writes is counted."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from chat.api.site import api
from chat.limits import WRITES, spend_write
from chat.models import Message, Room, User
from tests.factories import make_assistant, make_reply, make_token

HELD_OPEN = ("/api/chat", "/api/chat/stream", "/api/rooms/{slug}/export")  # these are not Django's
WRITING = [
    (method, path)
    for path, calls in api.get_openapi_schema()["paths"].items()
    for method in calls
    if path not in HELD_OPEN and method != "get"
]


@pytest.fixture
def reply(ana: User, garden: Room) -> Message:
    """In a private room."""
    return make_reply(garden, ana, make_assistant("helper", garden))


def program(user: User) -> Client:
    return Client(headers={"authorization": f"Bearer {make_token(user)[1]}"})


def answered(client: Client, method: str, path: str, reply: Message) -> int:
    address = path.format(slug=reply.room.slug, id=reply.pk)
    body = json.dumps({"text": "hello", "name": "One more"})
    status: int = getattr(client, method)(address, body, "application/json").status_code
    return status


def rows() -> list[object]:
    messages = Message.objects.order_by("pk").values_list("text", "revision", "status", "deleted_at")
    return [*messages, *Room.objects.order_by("pk", "memberships__user").values_list("slug", "memberships__user")]


def test_whoever_writes_too_much_makes_and_changes_nothing(reply: Message, ana: User) -> None:
    before, client = rows(), program(ana)
    for _ in range(WRITES.amount):
        spend_write(ana)

    assert {call: answered(client, *call, reply) for call in WRITING} == dict.fromkeys(WRITING, 429)
    assert rows() == before
