"""Whom an assistant may name, looked up while its model thinks."""

from __future__ import annotations

import asyncio
import threading

import pytest

from chat import markup
from chat.models import Room, User
from chat.replies import naming
from chat.replies.naming import Names, people_in


@pytest.fixture
def may_look(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Set, and the database answers."""
    may_look = threading.Event()

    def wait(room: int) -> dict[str, markup.Mentioned]:
        may_look.wait(60)
        return people_in(room)

    monkeypatch.setattr(naming, "people_in", wait)
    return may_look


async def test_who_leaves_does_not_keep_them_from_others(room: Room, ana: User, may_look: threading.Event) -> None:
    """A reply that goes on waits for them in two places, and may be stopped in one."""
    names = Names(room.pk)
    names.ask()
    leaves, stays = asyncio.ensure_future(names.known()), asyncio.ensure_future(names.known())
    await asyncio.sleep(0)

    leaves.cancel()
    await asyncio.wait({leaves})
    may_look.set()
    await asyncio.wait_for(stays, 30)

    assert leaves.cancelled()
    assert names["ana"] == markup.Mentioned(ana.pk, "ana", is_assistant=False)
    await names.drop()


async def test_what_is_dropped_is_waited_for_by_nobody(room: Room, may_look: threading.Event) -> None:
    names = Names(room.pk)
    await names.drop()  # never asked
    names.ask()
    await asyncio.sleep(0)

    await asyncio.wait_for(names.drop(), 30)

    may_look.set()
    assert names == {}
