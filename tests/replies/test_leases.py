from __future__ import annotations

import asyncio
import time

import pytest
from django.db import InterfaceError

from chat.replies import leases, ledger
from chat.replies.leases import Held, LeaseKeeper
from tests.waiting import until

HELD: Held = {7: (1, False)}


async def test_leases_are_kept_whatever_went_wrong_once(
    monkeypatch: pytest.MonkeyPatch, transactional_db: None
) -> None:
    failures, noted = [InterfaceError("the cursor is closed")], []

    def renew(*_: object) -> Held:
        if failures:
            raise failures.pop()
        return HELD

    monkeypatch.setattr(leases, "RENEW_SECONDS", 0.01)
    monkeypatch.setattr(ledger, "renew", renew)
    keeper = LeaseKeeper("us", lambda: [7], lambda _, held: noted.append(held))

    keeper.start()
    await until(lambda: noted)
    keeper.end()
    keeper.join()

    assert noted[0] == HELD
    assert not keeper.is_too_late(0.0)


async def test_what_is_held_counts_from_when_it_was_asked_for(
    monkeypatch: pytest.MonkeyPatch, transactional_db: None
) -> None:
    """A database that takes long to answer has renewed long ago: others may take over sooner than we would think."""
    noted: list[Held] = []

    def renew(*_: object) -> Held:
        time.sleep(0.3)
        return HELD

    monkeypatch.setattr(leases, "RENEW_SECONDS", 0.01)
    monkeypatch.setattr(leases, "SELF_STOP_SECONDS", 0.2)
    monkeypatch.setattr(ledger, "renew", renew)
    keeper = LeaseKeeper("us", lambda: [7], lambda _, held: noted.append(held))

    keeper.start()
    await until(lambda: noted)

    assert keeper.is_too_late(0.0)
    assert not keeper.is_too_late(time.monotonic())  # what was claimed meanwhile is held all the same
    keeper.end()
    keeper.join()


async def test_the_leases_of_a_loop_that_does_not_turn_run_out(
    monkeypatch: pytest.MonkeyPatch, transactional_db: None
) -> None:
    asked: list[object] = []

    def renew(*given: object) -> Held:
        asked.append(given)
        return HELD

    monkeypatch.setattr(leases, "RENEW_SECONDS", 0.01)
    monkeypatch.setattr(leases, "WEDGED_SECONDS", 0.0)
    monkeypatch.setattr(ledger, "renew", renew)
    keeper = LeaseKeeper("us", lambda: [7], lambda *_: None)

    keeper.start()
    await asyncio.sleep(0.2)

    assert asked == []
    monkeypatch.setattr(leases, "WEDGED_SECONDS", 600.0)
    keeper.loop_turned()
    await until(lambda: asked)
    keeper.end()
    keeper.join()


async def test_of_what_was_asked_about_and_is_not_held_it_is_said_so(
    monkeypatch: pytest.MonkeyPatch, transactional_db: None
) -> None:
    noted: list[Held] = []
    monkeypatch.setattr(leases, "RENEW_SECONDS", 0.01)
    monkeypatch.setattr(ledger, "renew", lambda *_: HELD)
    keeper = LeaseKeeper("us", lambda: [7, 8], lambda _, held: noted.append(held))

    keeper.start()
    await until(lambda: noted)
    keeper.end()
    keeper.join()

    assert noted[0] == {7: (1, False), 8: (0, False)}
