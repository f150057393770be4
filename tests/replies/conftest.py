from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from chat.models import Message, Reply, Room, User
from chat.replies import ledger
from tests.factories import make_assistant, make_message, make_person, make_room


@pytest.fixture
def ana(transactional_db: None) -> User:
    return make_person("ana")


@pytest.fixture
def room(ana: User) -> Room:
    """Ana's garden, with an assistant called helper."""
    room = make_room("garden", ana)
    make_assistant("helper", room)
    return room


def ask(room: Room, asker: User, text: str = "@helper what grows here?") -> Message:
    """The reply's message, queued."""
    prompt = make_message(room, asker, text)
    return Reply.objects.get(prompt=prompt).message


def claimed_by_rivals() -> list[int]:
    """The replies that four got who claimed in the same moment."""

    def claim(owner: str) -> list[int]:
        try:
            return [lease.reply_id for lease in ledger.claim(owner, 10)]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        return [reply for replies in threads.map(claim, ["a", "b", "c", "d"]) for reply in replies]
