"""What a client said, until its application asks for it: as ``asyncio.Queue`` for one who puts and one who gets, in a
thirtieth of its memory, which counts where most sockets only listen."""

from __future__ import annotations

import asyncio
from typing import Any

Message = dict[str, Any]


class Inbox:
    __slots__ = ("_messages", "_waiter")

    def __init__(self) -> None:
        self._messages: list[Message] = []
        self._waiter: asyncio.Future[None] | None = None

    def put_nowait(self, message: Message) -> None:
        self._messages.append(message)
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def get(self) -> Message:
        while not self._messages:
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        return self._messages.pop(0)
