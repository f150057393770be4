"""What a process that goes gives up, while it still keeps it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from django.db import connection, transaction

from chat.models import Reply, Room, User
from chat.replies import ledger
from tests.at_once import at_once, wait_until_held_up
from tests.replies.conftest import ask

WRITER = "a writer"


@pytest.mark.skipif(connection.vendor == "sqlite", reason="every transaction of SQLite holds the whole database")
def test_leases_are_handed_back_in_the_order_in_which_they_are_renewed(ana: User, room: Room):
    ask(room, ana)
    ask(room, ana)
    first, second = (lease.reply_id for lease in ledger.claim(WRITER, limit=10))
    while held() == [first, second]:  # a row that changes is written somewhere else
        ledger.renew(WRITER, [first])

    with ThreadPoolExecutor(1) as threads, transaction.atomic():
        Reply.objects.select_for_update(no_key=True).get(pk=first)
        handing = threads.submit(at_once, partial(ledger.hand_back, WRITER))
        wait_until_held_up(handing)
        Reply.objects.select_for_update(no_key=True, nowait=True).get(pk=second)

    assert handing.result() == [2]
    assert held() == []


def held() -> list[int]:
    """As the database comes upon them."""
    return list(Reply.objects.filter(lease_owner=WRITER, is_open=True).values_list("pk", flat=True))
