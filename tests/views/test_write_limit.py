"""Whatever is made and changed by pages counts as a write."""

from __future__ import annotations

import pytest

from chat.limits import WRITES, spend_write
from chat.models import Room, User
from tests.factories import fresh, make_room
from tests.views.conftest import browser


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/rooms/", {"name": "One more", "kind": "public"}),
        ("/rooms/yard/join", {}),
        ("/rooms/garden/leave", {}),
        ("/rooms/garden/settings", {"do": "archive"}),
        ("/account/tokens/", {"name": "one more"}),
        ("/account/", {"display_name": "Other", "avatar_tint": "0"}),
        ("/people/ben/", {}),
    ],
)
def test_whoever_writes_too_much_makes_and_changes_nothing(
    garden: Room, ana: User, path: str, fields: dict[str, str]
) -> None:
    yard = make_room("yard")

    def counted() -> list[int]:
        return [Room.objects.count(), ana.tokens.count(), fresh(garden).revision, fresh(yard).revision]

    for _ in range(WRITES.amount):
        spend_write(ana)
    before = counted()

    browser(ana).post(path, fields)

    assert counted() == before
    assert User.objects.get(pk=ana.pk).display_name == ""
