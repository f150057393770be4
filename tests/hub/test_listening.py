"""Of several hosts of the broker each is heard, doubted and subscribed to by itself. Here both are one, in memory."""

from __future__ import annotations

import pytest
from channels.layers import get_channel_layer
from pytest_django import Settings

from chat.events import SITE, room_group
from chat.events.carriers import BEAT, QUEUE_LIMIT
from chat.hub import Hub, current_hub, listening
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
