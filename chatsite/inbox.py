"""What a client said, until its application asks for it: as ``asyncio.Queue`` for one who puts and one who gets, in a
thirtieth of its memory, which counts where most sockets only listen.

Who says more than is answered is not read from for a while: the rest waits with them."""

from __future__ import annotations

import asyncio
from typing import Any

Message = dict[str, Any]
MOST = 32  # messages of 256 KiB at most, and what one read from the kernel brings besides


class Inbox:
    __slots__ = ("_held_up", "_messages", "_waiter")

    def __init__(self) -> None:
        self._messages: list[Message] = []
        self._waiter: asyncio.Future[None] | None = None
        self._held_up: Any = None  # the transport that is not read from; only then, for it holds us, too

    @property
    def is_full(self) -> bool:
        return len(self._messages) >= MOST

    def hold_up(self, transport: Any) -> None:
        """Until half of what waits here is taken. Also if it is already: it goes on by itself once all that lay there
        to be written is."""
        self._held_up = transport
        transport.pauseProducing()

    def put_nowait(self, message: Message) -> None:
        self._messages.append(message)
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def close(self) -> None:
        """Nobody asks any more: what waits here is forgotten, and what else is said is read, and not kept."""
        self._messages.clear()
        if self._held_up is not None:
            transport, self._held_up = self._held_up, None
            transport.resumeProducing()

    async def get(self) -> Message:
        while not self._messages:
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        message = self._messages.pop(0)
        if self._held_up is not None and len(self._messages) <= MOST // 2:
            transport, self._held_up = self._held_up, None
            transport.resumeProducing()
        return message
