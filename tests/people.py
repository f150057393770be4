"""The people of the tests, as fixtures: a conftest imports them where they are at home."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chat import limits
from chat.models import Room, User
from tests.factories import make_person, make_room


@pytest.fixture
def ana(db: None) -> User:
    """A member."""
    return make_person("ana")


@pytest.fixture
def ben(db: None) -> User:
    """Another member."""
    return make_person("ben")


@pytest.fixture
def eve(db: None) -> User:
    """A stranger."""
    return make_person("eve")


@pytest.fixture
def staff(db: None) -> User:
    return make_person("root", is_staff=True)


@pytest.fixture
def garden(ana: User, ben: User) -> Room:
    """Ana's private room, with Ben."""
    return make_room("garden", ben, owner=ana, kind=Room.Kind.PRIVATE)


@pytest.fixture
def square(ana: User) -> Room:
    """A public room with Ana."""
    return make_room("square", ana)


@pytest.fixture(autouse=True)
def _unspent_limits() -> Iterator[None]:
    """What earlier tests wrote counts against nobody."""
    limits.forget()
    yield
    limits.forget()
