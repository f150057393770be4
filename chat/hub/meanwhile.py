"""Whoever comes is looked up before they are in. What is announced of them in between finds no socket of theirs yet, so
it is kept for a while, and looked at again once they are in."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

from chat.events.carriers import Announcement
from chat.hub.watch import recheck

if TYPE_CHECKING:
    from chat.hub.hub import Hub
    from chat.hub.socket import Socket

KEPT = 1_000


class Meanwhile:
    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._announced: deque[tuple[float, Announcement]] = deque(maxlen=KEPT)
        for kind in ("access", "membership"):
            hub.on(kind, self._keep)

    def look_back(self, socket: Socket, asked_at: float) -> None:
        """They were looked up at this moment, and are in now."""
        for announced_at, event in reversed(self._announced):
            if announced_at < asked_at:
                return
            if _concerns(event, socket):
                break
        else:
            if len(self._announced) < KEPT:  # else there was more than is kept, and it may have been of them
                return
        self._hub.spawn(self._look_again(socket.user_id))

    def _keep(self, event: Announcement) -> None:
        self._announced.append((time.monotonic(), event))

    async def _look_again(self, user_id: int) -> None:
        await recheck(self._hub, user_id=user_id)
        await self._hub.missed.relearn([user_id])


def _concerns(event: Announcement, socket: Socket) -> bool:
    if event["user"] is None:
        return event["room"] in (None, socket.room_id)
    return bool(event["user"] == socket.user_id)
