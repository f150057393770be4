from __future__ import annotations

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
    assert not keeper.is_too_late
