"""One host of the broker, as whoever sends to it knows it: away, hanging, and well again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from chat.events import carriers
from chat.events.carriers import BEAT, Announcement, Carrier
from tests.waiting import until

SAID: Announcement = {"kind": "said"}


class Host:
    """``ails``: nothing, or what becomes of all that it is sent."""

    def __init__(self) -> None:
        self.ails = ""
        self.took: list[str] = []
        self.tries = 0

    async def transmit(self, group: str, announcement: Announcement, number: int = 0) -> None:
        self.tries += 1
        if self.ails == "away":
            raise ConnectionError(self.ails)
        if self.ails == "hanging":
            await asyncio.sleep(60)
        self.took.append("beat" if announcement is BEAT else group)


@pytest.fixture
def host() -> Host:
    return Host()


@pytest.fixture
async def carrier(host: Host, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Carrier]:
    monkeypatch.setattr(carriers, "PROBE_SECONDS", 0.01)
    monkeypatch.setattr(carriers, "SEND_TIMEOUT_SECONDS", 0.2)
    carrier = Carrier(0, "us", asyncio.get_running_loop())
    monkeypatch.setattr(carrier, "transmit", host.transmit)
    yield carrier
    for task in carrier.tasks():
        task.cancel()
        await asyncio.wait({task})


@pytest.mark.parametrize("ails", ["away", "hanging"])
async def test_one_that_fails_is_tried_until_it_is_well_and_only_what_is_new_is_sent_then(
    carrier: Carrier, host: Host, ails: str
) -> None:
    host.ails = ails
    for group in ("one", "two", "three"):
        carrier.send(group, SAID)

    await until(lambda: not carrier.healthy and host.tries > 2)
    carrier.send("four", SAID)
    await asyncio.wait_for(carrier.emptied(), 5)  # who ends waits for nothing that was given up
    host.ails = ""
    await until(lambda: carrier.healthy)

    carrier.send("five", SAID)
    await asyncio.wait_for(carrier.emptied(), 5)
    assert host.took == ["beat", "five"]
