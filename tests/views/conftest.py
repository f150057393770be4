from __future__ import annotations

import pytest
from django.test import Client

from chat.models import Room, User
from tests.factories import make_room
from tests.people import ana, ben, eve

__all__ = ["ana", "ben", "eve"]


@pytest.fixture
def garden(ana: User, ben: User) -> Room:
    """A public room: Ana owns it, Ben belongs to it, Eve does not."""
    return make_room("garden", ben, owner=ana)


@pytest.fixture
def cellar(ana: User, ben: User) -> Room:
    """The same, but private."""
    return make_room("cellar", ben, owner=ana, kind=Room.Kind.PRIVATE)


def browser(user: User | None = None, *, htmx: bool = False) -> Client:
    """Somebody's browser, with the CSRF check of the real one."""
    client = Client(headers={"HX-Request": "true"} if htmx else {})
    if user is not None:
        client.force_login(user)
    return client
