"""What goes to all processes has numbers: one that is missing was lost, or dropped before it left."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError

from chat.events import SITE, room_group
from chat.events.carriers import BEAT, Announcement
from chat.events.publisher import Publisher
from chat.hub import current_hub, missed
from chat.hub.missed import rooms_of
from chat.models import Membership, Room, User
from tests.realtime.conftest import Opener
from tests.realtime.tabs import Tab

ELSEWHERE = "another process"


async def test_after_a_number_that_is_missing_everybody_asks_for_their_list_and_memberships_are_right(
    ana: User, eve: User, harbour: Room, open_tab: Opener
) -> None:
    tabs = [await open_tab(user, "general") for user in (ana, eve)]
    hub = current_hub()
    await sync_to_async(Membership.objects.create)(room=harbour, user=eve)  # nobody heard of it

    hub.missed.hear(ELSEWHERE, 7)
    hub.missed.hear(ELSEWHERE, 9)

    for tab in tabs:
        await tab.until("rooms")
    said = {"room": harbour.pk, "slug": "harbour", "sequence": 1, "author": ana.pk}
    hub.take({"kind": "activity", **said})
    assert (await tabs[1].until("activity"))["room"] == "harbour"


async def test_while_the_database_is_away_it_is_tried_again_and_what_is_missed_later_is_made_good_too(
    ana: User, open_tab: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    tab = await open_tab(ana, "general")
    hub, failures = current_hub(), [OperationalError("it is away"), OperationalError("still")]

    def away_at_first(users: set[int]) -> Mapping[int, set[int]]:
        if failures:
            raise failures.pop()
        return rooms_of(users)

    monkeypatch.setattr(missed, "PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(missed, "rooms_of", away_at_first)

    for number in (7, 9):
        hub.missed.hear(ELSEWHERE, number)
    await tab.until("rooms")
    assert failures == []

    await asyncio.sleep(0.2)  # whoever made it good has nothing left to do
    hub.missed.hear(ELSEWHERE, 11)
    await tab.until("rooms")


async def test_nobody_is_told_while_no_number_is_missing(ana: User, open_tab: Opener) -> None:
    tab = await open_tab(ana, "general")

    for process, number in ((ELSEWHERE, 7), (ELSEWHERE, 8), ("a new one", 3), ("a command", 0), (ELSEWHERE, 9)):
        current_hub().missed.hear(process, number)

    assert "rooms" not in await heard(tab)


async def test_who_comes_and_goes_while_memberships_are_read_has_only_their_own_read_again(
    ana: User, eve: User, open_tab: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a busy site somebody always does."""
    for user in (ana, eve):
        await open_tab(user, "general")
    hub, asked = current_hub(), list[set[int]]()

    def while_eve_comes_and_goes(users: set[int]) -> Mapping[int, set[int]]:
        asked.append(users)
        if len(asked) < 3:
            event = {"kind": "membership", "room": 0, "user": eve.pk, "joined": False}
            hub.loop.call_soon_threadsafe(hub.take, event)
        return rooms_of(users)

    monkeypatch.setattr(missed, "rooms_of", while_eve_comes_and_goes)
    await hub.missed.relearn()

    assert asked == [{ana.pk, eve.pk}, {eve.pk}, {eve.pk}]


async def test_what_is_dropped_has_had_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    publisher = Publisher(asyncio.get_running_loop())
    publisher.is_shared = True
    carrier = publisher.carrier_of(SITE)
    sent: list[tuple[str, int]] = []

    async def transmit(group: str, announcement: Announcement, number: int = 0) -> None:
        sent.append((group, number))

    monkeypatch.setattr(carrier, "transmit", transmit)
    publisher.put(SITE, BEAT)
    carrier.healthy = False
    publisher.put(SITE, BEAT)
    carrier.healthy = True
    publisher.put(room_group(1), BEAT)
    publisher.beat(is_for_all=True)
    await publisher.emptied()

    assert sent == [(SITE, 1), (room_group(1), 0), (SITE, 3)]
    for task in publisher.tasks():
        task.cancel()


async def heard(tab: Tab) -> set[str]:
    """Until the room they look at has something to say: that comes last."""
    await tab.send(type="sync", since=0)
    await tab.until("synced")
    return {frame["type"] for frame in tab.seen}
