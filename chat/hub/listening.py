"""How a process hears the others: one channel, subscribed to the groups of its rooms.

The broker may have several hosts. Each carries some of the groups, and is heard, doubted and subscribed to by itself.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import structlog
from channels.layers import get_channel_layer

from chat.events import SITE, room_group
from chat.logcontext import told

if TYPE_CHECKING:
    from chat.hub.desk import Desk
    from chat.hub.hub import Hub

log = structlog.get_logger(__name__)

DEAF_SECONDS = 3.5
SUBSCRIBE_SECONDS = 3.0


class Listening:
    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._publisher = hub.publisher
        self.channel = ""
        self._heard_at = [time.monotonic()] * len(self._publisher.carriers)
        self._missing = {SITE, *(carrier.beat for carrier in self._publisher.carriers)}  # groups to subscribe to yet
        self._mending: set[int] = set()
        self.unheard: frozenset[int] = frozenset()  # by the last look at who is deaf

    def deaf(self) -> frozenset[int]:
        """Hosts that have not been heard for too long, or that do not take what we send."""
        if not self._publisher.is_shared:
            return frozenset()
        silent_since = time.monotonic() - DEAF_SECONDS
        return frozenset(
            carrier.number
            for carrier, heard_at in zip(self._publisher.carriers, self._heard_at, strict=True)
            if heard_at < silent_since or not carrier.healthy
        )

    @property
    def carries_all(self) -> int:
        """The host of what goes to every process."""
        return self._publisher.carrier_of(SITE).number

    def is_unsure(self, desk: Desk, doubted: frozenset[int]) -> bool:
        return not desk.is_subscribed or self._carrier_of(desk) in doubted

    def mend(self, desks: Iterable[Desk], were_deaf: frozenset[int]) -> None:
        """Subscribe to what is missing, and to what was not heard: each host by itself, and nobody waits for it."""
        if not self.channel:
            return
        doubted = [desk for desk in desks if not desk.is_subscribed or self._carrier_of(desk) in were_deaf]
        for carrier in self._publisher.carriers:
            groups = [group for group in self._missing if self._publisher.carrier_of(group) is carrier]
            theirs = [desk for desk in doubted if self._carrier_of(desk) == carrier.number]
            if (groups or theirs) and carrier.number not in self._mending:
                self._mending.add(carrier.number)
                self._hub.spawn(self._mend(carrier.number, groups, theirs))

    async def subscribe(self, desk: Desk) -> bool:
        """A room that is not subscribed yet is read by number every second (``watch``)."""
        if not self._is_open(desk):
            return True
        if not self.channel or not await self._add(room_group(desk.room_id)):
            return False
        if not self._is_open(desk):  # the last one left meanwhile: what ends there is not heard here any more
            return True
        desk.is_subscribed = True
        if self._publisher.is_shared:
            desk.heal()
            self._hub.following.load(desk.room_id)
        return True

    async def unsubscribe(self, room_id: int) -> None:
        if room_id in self._hub.desks:
            return
        if self._publisher.is_shared:
            self._hub.following.forget(room_id)
        layer = get_channel_layer()
        if not self.channel or layer is None:
            return
        try:
            await layer.group_discard(room_group(room_id), self.channel)
        except Exception as error:  # noqa: BLE001 - whatever a broker raises
            log.warning("unsubscribe_failed", room=room_id, error=told(error))
        if desk := self._hub.desks.get(room_id):  # somebody came back meanwhile
            await self.subscribe(desk)

    async def receive(self) -> None:
        """One channel for the whole process. While it cannot be had, try again each second."""
        while True:
            try:
                await self._receive_while_it_works()
            except Exception as error:  # noqa: BLE001 - whatever a broker raises
                log.warning("broker_unheard", error=told(error))
                self.channel = ""
            await asyncio.sleep(1)

    async def _receive_while_it_works(self) -> None:
        """The channel has its name by chance: where its host is away, the next one may have another."""
        layer = get_channel_layer()
        assert layer is not None
        async with asyncio.timeout(SUBSCRIBE_SECONDS):
            self.channel = channel = await layer.new_channel()
        self._missing = {SITE, *(carrier.beat for carrier in self._publisher.carriers)}
        for desk in self._hub.desks.values():
            desk.is_subscribed = False
        self.mend(list(self._hub.desks.values()), frozenset())
        while True:
            message = await layer.receive(channel)
            try:
                self._hear(message)
            except Exception as error:  # noqa: BLE001 - a channel that is given up goes on to collect what nobody reads
                log.warning("announcement_not_understood", error=repr(error))

    def _hear(self, message: Mapping[str, Any]) -> None:
        if message["by"] < len(self._heard_at):  # while a list of hosts is being changed, others may have more of them
            self._heard_at[message["by"]] = time.monotonic()
        if message["origin"] != self._publisher.origin:  # what is ours was delivered at once
            self._hub.others.hear(message["origin"], message["event"]["kind"])
            self._hub.missed.hear(message["origin"], message.get("number", 0))
            self._hub.take(message["event"])

    async def _mend(self, number: int, groups: list[str], desks: list[Desk]) -> None:
        """Up to the first that fails: the host is away, and is asked again in a second."""
        try:
            for group in groups:
                if not await self._add(group):
                    return
                self._missing.discard(group)
            for desk in desks:
                if not await self.subscribe(desk):
                    return
        finally:
            self._mending.discard(number)

    async def _add(self, group: str) -> bool:
        layer = get_channel_layer()
        assert layer is not None
        try:
            async with asyncio.timeout(SUBSCRIBE_SECONDS):
                await layer.group_add(group, self.channel)
        except Exception as error:  # noqa: BLE001 - whatever a broker raises
            log.warning("subscribe_failed", group=group, error=told(error))
            return False
        return True

    def _is_open(self, desk: Desk) -> bool:
        return self._hub.desks.get(desk.room_id) is desk

    def _carrier_of(self, desk: Desk) -> int:
        return self._publisher.carrier_of(room_group(desk.room_id)).number
