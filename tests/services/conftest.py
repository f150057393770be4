import pytest

from chat.models import Assistant, Room, User
from chat.services.chats import new_chat
from tests.factories import make_assistant
from tests.people import _unspent_limits, ana, ben, eve, garden, square, staff

__all__ = ["_unspent_limits", "ana", "ben", "eve", "garden", "square", "staff"]


@pytest.fixture
def helper(db: None) -> Assistant:
    return make_assistant("helper")


@pytest.fixture
def chat(ana: User, helper: Assistant) -> Room:
    return new_chat(by=ana, assistant=helper)
