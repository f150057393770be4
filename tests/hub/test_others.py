"""Another process, by its last word: here its reports and beats are made by the test."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.core.cache import cache

from chat import presence
from chat.events import SITE
from chat.hub import Hub, current_hub, others
from chat.models import Room, User
from tests.hub.test_arrivals import report_from_elsewhere
from tests.realtime.conftest import Opener
from tests.realtime.tabs import HTML, JSON


@pytest.fixture(autouse=True)
def _nobody_silent_yet() -> Iterator[None]:
    yield
    presence.silent.clear()


@pytest.fixture
def wait_for_silent(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Who says nothing for so long is taken for dead: a moment, or longer than any machine takes for a test."""
    return partial(monkeypatch.setattr, others, "SILENT_SECONDS")


@pytest.fixture
async def hub() -> Hub:
    hub = current_hub()
    hub.publisher.is_shared = True
    return hub


async def test_people_of_a_process_that_fell_silent_have_gone_and_come_back_with_it(
    wait_for_silent: Callable[[float], None], hub: Hub, ana: User, ben: User, general: Room, open_tab: Opener
) -> None:
    wait_for_silent(600)
    hers = await open_tab(ana, "general")
    await sync_to_async(report_from_elsewhere)({ben.pk: [general.pk]})
    hub.others.hear("another", "beat")
    assert await sync_to_async(presence.everybody)() == {ana.pk, ben.pk}
    wait_for_silent(0.5)

    assert (await hers.until("presence", online=False))["user"] == {"id": ben.pk, "name": "ben"}

    assert await sync_to_async(presence.everybody)() == {ana.pk}
    wait_for_silent(600)
    hub.others.hear("another", "activity")
    await hers.until("presence", online=True)
    assert await sync_to_async(presence.everybody)() == {ana.pk, ben.pk}


async def test_pages_of_other_rooms_that_show_them_are_told_and_programs_are_not(
    wait_for_silent: Callable[[float], None], hub: Hub, ana: User, ben: User, general: Room, harbour: Room,
    open_tab: Opener,
) -> None:  # fmt: skip
    page, program = await open_tab(ana, "harbour", HTML), await open_tab(ana, "harbour", JSON)
    await sync_to_async(report_from_elsewhere)({ben.pk: [general.pk]})
    hub.others.hear("another", "beat")
    hub.others.hear("another", others.PARTED)  # nor has it left anything untold
    wait_for_silent(0.5)

    assert (await page.until("presence"))["online"] is False
    hub.others.look(frozenset())
    await page.silence(0.3)  # once

    wait_for_silent(600)
    hub.others.hear("another", "activity")
    assert (await page.until("presence"))["online"] is True
    await program.sync(0)
    assert not any(frame["type"] == "presence" for frame in program.seen)


async def test_one_that_died_before_this_one_began_is_known_by_its_report(
    wait_for_silent: Callable[[float], None], hub: Hub, ana: User, ben: User, general: Room, open_tab: Opener
) -> None:
    wait_for_silent(0.5)
    await sync_to_async(report_from_elsewhere)({ben.pk: [general.pk]})

    hers = await open_tab(ana, "general")

    await hers.until("presence", online=False)


async def test_who_is_here_or_in_a_third_process_has_not_left(
    hub: Hub, ana: User, ben: User, eve: User, general: Room, harbour: Room, open_tab: Opener
) -> None:
    hers, page = await open_tab(ana, "general"), await open_tab(ana, "harbour", HTML)
    await open_tab(ben, "general")
    await hers.until("presence", online=True)
    people = {user.pk: [general.pk] for user in (ana, ben, eve)}
    await sync_to_async(report_from_elsewhere)(people)
    await sync_to_async(report_from_elsewhere)({eve.pk: [general.pk]}, "third")
    hub.others.hear("another", others.PARTED)  # nor has it left anything untold
    let_fall_silent(hub, "another")

    hub.others.look(frozenset())

    assert presence.silent == {"another"}
    await hers.silence(0.5)
    await page.sync(0)
    assert not any(frame["type"] == "presence" for frame in page.seen)


async def test_who_is_heard_is_alive_and_who_is_only_reported_of_is_not(hub: Hub, general: Room) -> None:
    for process in ("another", "third"):
        let_fall_silent(hub, process)

    hub.others.meet(["another", "third"])  # for a minute a report outlives who made it
    hub.others.hear("third", "activity")
    hub.others.look(frozenset())

    assert presence.silent == {"another"}


async def test_nobody_waits_for_a_command_or_for_themselves(
    wait_for_silent: Callable[[float], None], hub: Hub, general: Room
) -> None:
    wait_for_silent(0)

    hub.others.hear("a command", "activity")
    hub.others.meet([hub.publisher.origin])
    await asyncio.sleep(0.01)
    hub.others.look(frozenset())

    assert presence.silent == set()


async def test_all_hear_that_a_process_lives_and_not_each_second(hub: Hub, general: Room) -> None:
    layer = get_channel_layer()
    assert layer is not None
    channel = await layer.new_channel()
    await layer.group_add(SITE, channel)

    for _ in range(2):
        hub.others.beat()

    heard = await asyncio.wait_for(layer.receive(channel), 5)
    assert (heard["origin"], heard["event"]["kind"]) == (hub.publisher.origin, "beat")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(layer.receive(channel), 0.5)


async def test_who_hears_nothing_takes_nobody_for_dead(hub: Hub, general: Room) -> None:
    let_fall_silent(hub, "another")

    hub.others.look(frozenset({hub.listening.carries_all}))
    hub.others.look(frozenset())

    assert presence.silent == set()


async def test_where_another_host_is_unheard_whoever_is_silent_has_died(hub: Hub, general: Room) -> None:
    let_fall_silent(hub, "another")

    hub.others.look(frozenset({hub.listening.carries_all + 1}))

    assert presence.silent == {"another"}


async def test_a_report_that_still_holds_is_kept_and_one_that_was_lost_is_made_again(ana: User) -> None:
    def report() -> object:
        presence.report("this", {ana.pk: [1]})
        return cache.get(f"{presence.INDEX}:this")

    assert await sync_to_async(report)() == {ana.pk: [1]}
    await cache.aclear()
    assert await sync_to_async(report)() == {ana.pk: [1]}
    assert await sync_to_async(report)() == {ana.pk: [1]}


def let_fall_silent(hub: Hub, process: str) -> None:
    hub.others.hear(process, "beat")
    hub.others._heard_at[process] -= 2 * others.SILENT_SECONDS
