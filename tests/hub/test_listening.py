"""Of several hosts of the broker each is heard, doubted and subscribed to by itself. Here both are one, in memory."""

from __future__ import annotations

import asyncio

import pytest
from channels.layers import get_channel_layer
from pytest_django import Settings

from chat import frames
from chat.events import SITE, room_group
from chat.events.announcing import in_room
from chat.events.carriers import BEAT, QUEUE_LIMIT
from chat.hub import Hub, current_hub, following, listening
from chat.hub.running import Running
from chat.models import Room, User
from tests.realtime.conftest import Opener
from tests.waiting import until


@pytest.fixture
async def hub(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, general: Room, harbour: Room, open_tab: Opener
) -> Hub:
    """The second host carries what ends with a one, and the harbour. It ends with the tabs."""
    settings.BROKER_COUNT = 2
    settings.BROKER_OF = lambda group: int(group == room_group(harbour.pk) or (group[0] == "b" and group[-1] == "1"))
    monkeypatch.setattr(listening, "DEAF_SECONDS", 2.0)
    hub = current_hub()
    hub.publisher.is_shared = True
    return hub


async def test_silence_of_one_is_noticed_while_the_other_talks(hub: Hub, ana: User, open_tab: Opener) -> None:
    await open_tab(ana, "general")
    layer, beat = get_channel_layer(), hub.publisher.carriers[1].beat
    await until(lambda: beat in layer.groups)
    assert hub.listening.deaf() == frozenset()

    await layer.group_discard(beat, hub.listening.channel)

    await until(lambda: hub.listening.deaf() == {1})
    await layer.group_add(beat, hub.listening.channel)
    await until(lambda: hub.listening.deaf() == frozenset())


async def test_only_rooms_of_the_silent_one_are_doubted(
    hub: Hub, ana: User, general: Room, harbour: Room, open_tab: Opener
) -> None:
    for room in (general, harbour):
        await open_tab(ana, room.slug)
    await until(lambda: all(hub.desks[room.pk].is_subscribed for room in (general, harbour)))

    doubted = [room for room in (general, harbour) if hub.listening.is_unsure(hub.desks[room.pk], frozenset({1}))]

    assert doubted == [harbour]


async def test_a_host_that_could_not_keep_up_is_sent_to_again(hub: Hub) -> None:
    carrier = hub.publisher.carriers[0]
    for _ in range(QUEUE_LIMIT + 1):
        carrier.send(SITE, BEAT)
    assert not carrier.healthy

    await until(lambda: carrier.healthy)

    assert carrier.queued == 0


async def test_a_host_that_only_others_have_yet_silences_nobody(hub: Hub, ana: User, open_tab: Opener) -> None:
    """While a list of hosts is being changed, process after process."""
    tab = await open_tab(ana, "general")
    layer, channel = get_channel_layer(), hub.listening.channel
    await until(lambda: SITE in layer.groups)

    for number in (2, 1):  # hosts are numbered by whoever speaks
        event = {"kind": "read", "user": ana.pk, "slug": f"by-{number}", "sequence": 1}
        said = {"type": "chat.event", "origin": "another process", "by": number, "event": event}
        await layer.group_send(SITE, said)

    assert [(await tab.until("read"))["room"] for _ in range(2)] == ["by-2", "by-1"]
    assert hub.listening.channel == channel


async def test_who_leaves_while_their_room_is_being_subscribed_to_leaves_nothing_behind(
    hub: Hub, ana: User, harbour: Room, open_tab: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end of a reply there would never be heard."""
    await open_tab(ana, "general")
    monkeypatch.setattr(following, "load_running", lambda room_id: [Running(7, 1, "helper", 6)])
    monkeypatch.setattr(following, "ended_among", lambda messages: [])
    may_subscribe, layer = asyncio.Event(), get_channel_layer()
    really_add, asked = layer.group_add, []

    async def slowly(group: str, channel: str) -> None:
        asked.append(group)
        await may_subscribe.wait()
        await really_add(group, channel)

    await until(lambda: hub.listening.channel)
    monkeypatch.setattr(layer, "group_add", slowly)
    tab = await open_tab(ana, harbour.slug)
    await until(lambda: room_group(harbour.pk) in asked)
    await tab.close()
    await until(lambda: harbour.pk not in hub.desks)
    await until(lambda: not list(hub.following.running_in(harbour.pk)))

    may_subscribe.set()
    await until(lambda: room_group(harbour.pk) in layer.groups)
    await asyncio.sleep(0.3)

    assert list(hub.following.running_in(harbour.pk)) == []


async def say_elsewhere(room: Room, user: User) -> None:
    """Another process tells the room that somebody writes."""
    frame = frames.plain(type="typing", user={"id": user.pk, "name": user.username})
    event = in_room(room.pk, "typing", frame, author=user.pk)
    said = {"type": "chat.event", "origin": "another process", "by": 0, "event": event}
    await get_channel_layer().group_send(room_group(room.pk), said)


async def test_who_comes_back_while_their_room_is_given_up_hears_the_others(
    hub: Hub, ana: User, ben: User, general: Room, open_tab: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    layer, group = get_channel_layer(), room_group(general.pk)
    begun, may_end, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()
    really_give_up = layer.group_discard

    async def give_up(*given: str) -> None:
        begun.set()
        await may_end.wait()
        await really_give_up(*given)
        ended.set()

    monkeypatch.setattr(layer, "group_discard", give_up)
    first = await open_tab(ana, "general")
    await until(lambda: hub.desks[general.pk].is_subscribed)
    await first.close()
    await begun.wait()

    tab = await open_tab(ana, "general")
    await until(lambda: hub.desks[general.pk].is_subscribed)
    may_end.set()
    await ended.wait()

    await until(lambda: group in layer.groups)
    await say_elsewhere(general, ben)
    assert (await tab.until("typing"))["user"]["name"] == "ben"


async def test_to_a_room_that_nobody_looks_at_nobody_listens(
    hub: Hub, ana: User, general: Room, open_tab: Opener
) -> None:
    layer, group = get_channel_layer(), room_group(general.pk)
    tab = await open_tab(ana, "general")
    await until(lambda: hub.listening.channel in layer.groups.get(group, {}))

    await tab.close()

    await until(lambda: hub.listening.channel not in layer.groups.get(group, {}))


async def test_what_comes_back_from_the_broker_is_told_once(
    hub: Hub, ana: User, ben: User, eve: User, general: Room, open_tab: Opener
) -> None:
    hers, his = await open_tab(ana, "general"), await open_tab(ben, "general")
    await until(lambda: hub.desks[general.pk].is_subscribed)

    await his.send(type="typing")
    await hers.until("typing")
    await until(lambda: not any(carrier.queued for carrier in hub.publisher.carriers))
    await say_elsewhere(general, eve)  # behind it

    await hers.until("typing", user={"id": eve.pk, "name": "eve"})
    assert [frame["user"]["name"] for frame in hers.seen if frame["type"] == "typing"] == ["ben", "eve"]


async def test_whoever_loses_their_channel_listens_by_another_to_all_they_listened_to(
    hub: Hub, ana: User, ben: User, general: Room, open_tab: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    layer = get_channel_layer()
    tab = await open_tab(ana, "general")
    await until(lambda: hub.desks[general.pk].is_subscribed)
    lost, really_receive = hub.listening.channel, layer.receive

    async def receive(channel: str) -> object:
        if channel == lost:
            raise ConnectionError("the broker has hung up")
        return await really_receive(channel)

    monkeypatch.setattr(layer, "receive", receive)
    await say_elsewhere(general, ben)
    await tab.until("typing")

    await until(lambda: hub.listening.channel not in ("", lost))
    wanted = {SITE, room_group(general.pk), *(carrier.beat for carrier in hub.publisher.carriers)}
    await until(lambda: all(hub.listening.channel in layer.groups.get(group, {}) for group in wanted))
    await say_elsewhere(general, ben)
    await tab.until("typing")
