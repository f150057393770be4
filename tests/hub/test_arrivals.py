"""Who comes and who goes, told once, and soon enough to the pages of other processes."""

from __future__ import annotations

import pytest
from asgiref.sync import sync_to_async
from django.core.cache import cache

from chat import events, presence
from chat.hub import arrivals, current_hub
from chat.models import Room, User
from chat.services import people
from tests.realtime.conftest import Opener
from tests.waiting import until_stored


@pytest.fixture(autouse=True)
def _short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrivals, "GRACE_SECONDS", 0.3)
    monkeypatch.setattr(arrivals, "REPORT_SECONDS", 0.05)


async def test_who_comes_back_and_goes_again_parts_once(ana: User, ben: User, open_tab: Opener) -> None:
    hers = await open_tab(ana, "general")
    for _ in range(3):
        await (await open_tab(ben, "general")).close()

    await hers.until("presence", online=False)

    await hers.silence(0.6)


async def test_with_one_of_two_tabs_closed_one_is_still_here(ana: User, ben: User, open_tab: Opener) -> None:
    hers = await open_tab(ana, "general")
    first, _ = await open_tab(ben, "general"), await open_tab(ben, "general")
    await hers.until("presence", online=True)

    await first.close()

    await hers.silence(0.6)


async def test_whose_account_is_closed_goes_from_all_their_tabs_once(ana: User, ben: User, open_tab: Opener) -> None:
    hers = await open_tab(ana, "general")
    his = [await open_tab(ben, "general") for _ in range(2)]
    await hers.until("presence", online=True)

    await sync_to_async(people.deactivate)(person=ben, by=None)

    assert [(await tab.until_closed()).code for tab in his] == [4404, 4404]
    await hers.until("presence", online=False)
    await hers.silence(0.6)


async def test_pages_of_other_processes_are_told_soon(ana: User, ben: User, general: Room, open_tab: Opener) -> None:
    hub = current_hub()
    hub.publisher.is_shared = True
    await open_tab(ana, "general")
    his = await open_tab(ben, "general")
    reported = f"{presence.INDEX}:{hub.publisher.origin}"
    await until_stored(lambda: cache.get(reported) == {ana.pk: [general.pk], ben.pk: [general.pk]})

    await his.close()

    await until_stored(lambda: cache.get(reported) == {ana.pk: [general.pk]})


async def test_who_is_still_there_in_another_process_has_not_left(
    ana: User, ben: User, general: Room, open_tab: Opener
) -> None:
    current_hub().publisher.is_shared = True
    hers, his = await open_tab(ana, "general"), await open_tab(ben, "general")
    await hers.until("presence", online=True)
    await sync_to_async(report_from_elsewhere)({ben.pk: [general.pk]})

    await his.close()
    await hers.silence(0.6)

    his = await open_tab(ben, "general")
    await sync_to_async(report_from_elsewhere)({ben.pk: [general.pk + 1]})
    await his.close()
    await hers.until("presence", online=False)


async def test_who_leaves_two_processes_is_said_to_have_gone_once(
    ana: User, ben: User, general: Room, open_tab: Opener
) -> None:
    hers, his = await open_tab(ana, "general"), await open_tab(ben, "general")
    await his.close()
    await hers.until("presence", online=False)

    events.presence_changed(general.pk, {"id": ben.pk, "name": "ben"}, online=False)

    await hers.silence(0.3)


async def test_who_leaves_another_process_and_is_here_has_not_left(
    ana: User, ben: User, general: Room, open_tab: Opener
) -> None:
    hers = await open_tab(ana, "general")
    await open_tab(ben, "general")
    await hers.until("presence", online=True)

    events.presence_changed(general.pk, {"id": ben.pk, "name": "ben"}, online=False)

    await hers.silence(0.3)


def report_from_elsewhere(people: presence.People, process: str = "another") -> None:
    presence.report(process, people)
    presence.own.discard(f"{presence.INDEX}:{process}")
