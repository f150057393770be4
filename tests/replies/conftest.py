from __future__ import annotations

import pytest

from chat.models import Message, Reply, Room, User
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
