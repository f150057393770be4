"""Who hears, lightly, that something was said in a room they do not look at."""

from __future__ import annotations

import json
from typing import Any

from chat.access import Ticket
from chat.hub.attendance import Attendance
from chat.hub.socket import Socket
from tests.hub.noting import NotingWriter

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
