"""What was typed is found whatever case it stands in, on either database, in any script that has two."""

from __future__ import annotations

import pytest

from chat.models import Room, User
from chat.models.spelling import containing


@pytest.mark.parametrize("typed", ["über uns", "Über Uns", "ÜBER", "ber un", "анна", "АННА", "нна К", "Ελλ"])
def test_a_room_is_found_in_whatever_case_it_was_typed(typed: str, garden: Room) -> None:
    Room.objects.filter(pk=garden.pk).update(name="Über uns", topic="Анна Каренина, Ελλάδα")

    assert Room.objects.filter(containing("name", typed) | containing("topic", typed)).get() == garden


def test_and_nothing_else_is(garden: Room, ana: User) -> None:
    Room.objects.filter(pk=garden.pk).update(name="Über uns")

    assert not Room.objects.filter(containing("name", "öber")).exists()
    assert not Room.objects.filter(containing("name", "%")).exists()
