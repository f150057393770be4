"""Who hears, lightly, that something was said in a room they do not look at."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from asgiref.sync import sync_to_async

from chat.access import Ticket
from chat.hub import current_hub, watch
from chat.hub.attendance import Attendance
from chat.hub.socket import Socket
from chat.models import Room, User
from chat.services.memberships import add_member, remove_member
from chat.services.messages import post_message
from tests.hub.noting import NotingWriter
from tests.realtime.conftest import Opener
from tests.realtime.tabs import Frame
from tests.realtime.tabs import Tab as RealTab

HERE, THERE = 1, 2
ANA, BEN, EVE = 7, 8, 9
SAID = {"kind": "activity", "room": HERE, "slug": "here", "sequence": 3, "author": ANA}


class Tab:
    def __init__(self, user_id: int, room_id: int) -> None:
        self._writer = NotingWriter()
        ticket = Ticket(user_id, room_id)
        self.socket = Socket(_none, _none, ticket=ticket, name="x", is_html=False, writer=self._writer)

    @property
    def heard(self) -> list[str]:
        return [json.loads(text)["type"] for texts in self._writer.writes for text in texts]


async def _none(_: Any) -> None:
    raise AssertionError("the server offers to write")


def attended(*tabs: Tab) -> Attendance:
    attendance = Attendance()
    for tab in tabs:
        attendance.enter(tab.socket, (HERE, THERE))
    return attendance


def test_members_who_look_elsewhere_hear_of_it_and_its_authors_other_tabs_that_it_is_read() -> None:
    hers, his, elsewhere, own = Tab(ANA, HERE), Tab(BEN, HERE), Tab(EVE, THERE), Tab(ANA, THERE)

    attended(hers, his, elsewhere, own).take(SAID)

    assert (hers.heard, his.heard, elsewhere.heard, own.heard) == ([], [], ["activity"], ["read"])


def test_of_several_tabs_those_elsewhere_hear_of_it() -> None:
    here, there = Tab(BEN, HERE), Tab(BEN, THERE)

    attended(here, there).take(SAID)

    assert (here.heard, there.heard) == ([], ["activity"])


def test_who_has_gone_elsewhere_hears_of_it() -> None:
    before, again, after = Tab(BEN, HERE), Tab(BEN, HERE), Tab(BEN, THERE)
    attendance = attended(before, again, after)

    attendance.leave(before.socket)
    attendance.take(SAID)
    attendance.leave(again.socket)
    attendance.take(SAID)

    assert (again.heard, after.heard) == ([], ["activity", "activity"])


def test_who_is_gone_hears_nothing_and_nothing_of_them_is_kept() -> None:
    tabs = [Tab(BEN, HERE), Tab(BEN, THERE), Tab(EVE, THERE)]
    attendance = attended(*tabs)

    for gone in tabs[:2]:
        attendance.leave(gone.socket)
    attendance.take(SAID)
    attendance.leave(tabs[2].socket)
    attendance.take(SAID)

    assert [tab.heard for tab in tabs] == [[], [], ["activity"]]
    assert not any(vars(attendance).values())


async def test_who_came_or_left_while_the_broker_was_away_is_known_again(
    ana: User, ben: User, eve: User, harbour: Room, general: Room, open_tab: Opener
) -> None:
    his, hers, mine = [await open_tab(user, "general") for user in (ben, eve, ana)]
    hub = current_hub()
    hub.publisher.listener = lambda _: None  # told to nobody
    await sync_to_async(remove_member)(room=harbour, by=ana, user=ben)
    await sync_to_async(add_member)(room=harbour, by=ana, user=eve)
    await asyncio.sleep(0.05)
    hub.publisher.listener = hub.take

    await watch.tick(hub, were_deaf=frozenset({0}))
    for tab in (his, hers):
        await tab.until("rooms")
    await sync_to_async(post_message)(room=harbour, author=ana, text="without ben")

    assert (await hers.until("activity"))["room"] == harbour.slug
    assert (await mine.until("read"))["room"] == harbour.slug
    assert "activity" not in {frame["type"] for frame in await heard(his)}


async def heard(tab: RealTab) -> list[Frame]:
    """Until the room they look at has something to say: that comes last."""
    await tab.send(type="sync", since=0)
    await tab.until("synced")
    return tab.seen
