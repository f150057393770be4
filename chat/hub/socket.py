"""One open WebSocket or event stream, as the hub sees it."""

from __future__ import annotations

import asyncio
import types
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Generator, Mapping, Sequence
from typing import Any, ClassVar, Protocol

from chat import metrics
from chat.access import Ticket
from chat.frames import Frame

Texts = Sequence[str]
Message = Mapping[str, Any]
Send = Callable[[Message], Coroutine[Any, Any, None]]


class Writer(Protocol):
    """What our own server offers for each socket: it takes several frames in one write, and never makes us wait."""

    def write(self, texts: Texts, *, is_passing: bool = False) -> None: ...

    @staticmethod
    def write_all(writers: Sequence[Any], texts: Texts, *, is_passing: bool = False) -> None:
        """The same to many sockets of this server."""

    def waiting(self) -> int:
        """Bytes that were written and are not on their way yet."""


Close = Callable[[int], Awaitable[None]]

QUEUE_LIMIT = 1000  # frames a reader may be behind, where the server makes us wait for it
WAITING_LIMIT_BYTES = 1024 * 1024  # the same in bytes: a thousand long ones of many readers would be gigabytes
PASSING_LIMIT = 50  # with more before it, a reader is not told what matters for a moment only


class Socket:
    """Frames are pushed without waiting: a reader that stops reading holds up nobody.

    Our own server offers a ``writer``. Daphne's ``send`` never suspends, so a step of the coroutine is the whole send:
    no task, no loop turn. Where a server does suspend (ours for streams), the rest is awaited in a task, and what
    follows waits in line behind it.
    """

    line: ClassVar[str] = "websocket"
    __slots__ = (
        "_closing",
        "_line",
        "_line_bytes",
        "_send",
        "_task",
        "close",
        "is_html",
        "ticket",
        "user",
        "user_id",
        "writer",
    )

    def __init__(
        self,
        send: Send,
        close: Close,
        *,
        ticket: Ticket,
        name: str,
        is_html: bool,
        writer: Writer | None = None,
    ) -> None:
        self._send = send
        self.writer = writer
        self._line_bytes = 0
        self._closing: asyncio.Future[None] | None = None
        self._line: deque[Message] | None = None
        self._task: asyncio.Task[None] | None = None
        self.close = close
        self.ticket = ticket
        self.user_id = ticket.user_id
        self.user = name
        self.is_html = is_html

    @property
    def room_id(self) -> int:
        return self.ticket.room_id

    def show(self, frame: Frame) -> None:
        self.push((frame.shown if self.is_html else frame.json,))

    def push(self, texts: Texts, *, is_passing: bool = False) -> None:
        """``is_passing``: who types, who comes and goes. A reader with much to read loses that first."""
        if self.writer is not None:
            self.writer.write(texts, is_passing=is_passing)
        elif not (is_passing and self.is_behind):
            for text in texts:
                self.push_message({"type": "websocket.send", "text": text})

    @property
    def is_behind(self) -> bool:
        return self._line is not None and len(self._line) > PASSING_LIMIT

    @property
    def waiting_bytes(self) -> int:
        """What was said to this reader and is not on its way yet."""
        return self.writer.waiting() if self.writer else self._line_bytes

    async def until_taken(self) -> None:
        """The frame that its server makes us wait with is out, or the line is dead."""
        if self._task is not None:
            await asyncio.wait([self._task])

    def push_message(self, message: Message) -> None:
        if self._line is not None:
            self._wait_in_line(message)
            return
        step = self._send(message)
        try:
            awaited = step.send(None)
        except StopIteration:
            return
        except Exception:  # noqa: BLE001 - it is gone; its consumer hears that from the server
            return
        self._line = deque()
        self._task = asyncio.get_running_loop().create_task(self._go_on(step, awaited))

    def _wait_in_line(self, message: Message) -> None:
        assert self._line is not None
        if self._closing is not None:
            return
        self._line.append(message)
        self._line_bytes += size_of(message)
        if len(self._line) >= QUEUE_LIMIT or self._line_bytes > WAITING_LIMIT_BYTES:
            metrics.DROPPED_READERS.add()
            self._line.clear()  # it will ask for all of it when it comes back
            self._closing = asyncio.ensure_future(self.close(1013))

    async def _go_on(self, step: Coroutine[Any, Any, None], awaited: Any) -> None:
        try:
            await _resume(step, awaited)
            while self._line:
                message = self._line.popleft()
                self._line_bytes -= size_of(message)
                await self._send(message)
        except Exception:  # noqa: BLE001, S110 - as above
            pass
        self._line = None
        self._line_bytes = 0
        self._task = None


def size_of(message: Message) -> int:
    return len(message.get("body") or message.get("text") or ())


@types.coroutine
def _resume(step: Coroutine[Any, Any, None], awaited: Any) -> Generator[Any, Any, None]:
    """Await the rest of a coroutine whose first step was made by hand."""
    while True:
        try:
            answer = yield awaited
        except BaseException as error:  # noqa: BLE001 - handed to whom it is meant for
            try:
                awaited = step.throw(error)
            except StopIteration:
                return
        else:
            try:
                awaited = step.send(answer)
            except StopIteration:
                return
