"""Who was announced to be out between the moment they were looked up at and the one they came in."""

from __future__ import annotations

import time

import pytest
from asgiref.sync import sync_to_async

from chat.hub import current_hub, meanwhile
from chat.models import Membership, Room, User
from tests.realtime.conftest import Opener

OTHERS = {"kind": "access", "user": -1, "room": None}


async def test_where_more_was_announced_than_is_kept_it_may_have_been_of_them(
    monkeypatch: pytest.MonkeyPatch, ben: User, harbour: Room, open_tab: Opener
) -> None:
    tab = await open_tab(ben, "harbour")
    hub = current_hub()
    (socket,) = hub.desks[harbour.pk].sockets()
    await sync_to_async(Membership.objects.filter(user=ben, room=harbour).delete)()  # and nobody has said so
    asked_at = time.monotonic()
    for _ in range(5):
        hub.meanwhile._keep(OTHERS)

    tasks = len(hub._tasks)
    hub.meanwhile.look_back(socket, asked_at)
    assert len(hub._tasks) == tasks
    monkeypatch.setattr(meanwhile, "KEPT", 5)
    hub.meanwhile.look_back(socket, asked_at)

    assert (await tab.until_closed()).code == 4404
