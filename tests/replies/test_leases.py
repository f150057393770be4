from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError, connection

from chat.models import Reply, Room, User
from chat.replies import leases, ledger
from chat.replies.leases import Held, LeaseKeeper
from tests.replies.conftest import ask
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


def test_what_was_claimed_before_the_database_went_away_is_written(room: Room, ana: User) -> None:
    """Else nobody would, until its lease runs out."""
    for _ in range(3):
        ask(room, ana)
    begun = 0

    def go_away(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal begun
        begun += sql.startswith('INSERT INTO "chat_attempt"')
        if begun > 1:
            raise OperationalError("the server closed the connection unexpectedly")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(go_away):
        claimed = ledger.claim("one", 10)
        with pytest.raises(OperationalError):
            ledger.claim("one", 10)

    assert [lease.reply_id for lease in claimed] == list(
        Reply.objects.filter(lease_owner="one").values_list("pk", flat=True)
    )
    assert len(ledger.claim("two", 10)) == 2
