"""HTTP spoken over the real ASGI application, piece by piece, as a program does that keeps the line open."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from asgiref.testing import ApplicationCommunicator

from chatsite.asgi import application
from tests.realtime.tabs import PATIENCE_SECONDS


@dataclass(frozen=True, slots=True)
class Event:
    name: str
    content: dict[str, Any]


class Exchange:
    """One request; its answer is read as it comes."""

    def __init__(
        self,
        path: str,
        headers: dict[str, str],
        *,
        method: str = "POST",
        query: str = "",
        client: tuple[str, int] = ("127.0.0.1", 1),
    ) -> None:
        raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        scope = {
            "type": "http", "http_version": "1.1", "method": method, "scheme": "http", "path": path,
            "raw_path": path.encode(), "query_string": query.encode(), "headers": raw, "client": list(client),
            "server": ["testserver", 80],
        }  # fmt: skip
        self._line = ApplicationCommunicator(application, scope)
        self.status = 0
        self.headers: dict[str, str] = {}
        self._buffer = b""
        self._is_over = False

    async def ask(self, body: Any = b"") -> Exchange:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        await self._line.send_input({"type": "http.request", "body": content})
        head = await self._line.receive_output(PATIENCE_SECONDS)
        self.status = head["status"]
        self.headers = {name.decode().lower(): value.decode("latin-1") for name, value in head["headers"]}
        assert len(self.headers) == len(head["headers"]), f"a header twice: {head['headers']}"
        return self

    async def body(self) -> bytes:
        while not self._is_over:
            await self._read()
        return self._buffer

    async def pieces(self) -> AsyncIterator[bytes]:
        """As they are sent."""
        while self._buffer or not self._is_over:
            if not self._buffer:
                await self._read()
            piece, self._buffer = self._buffer, b""
            yield piece

    async def json(self) -> Any:
        return json.loads(await self.body())

    async def block(self) -> str:
        """The next block of an event stream, comments too; empty at its end."""
        while b"\n\n" not in self._buffer:
            if self._is_over:
                return ""
            await self._read()
        block, _, self._buffer = self._buffer.partition(b"\n\n")
        return block.decode()

    async def event(self) -> Event | None:
        """The next event; None at the end of the stream."""
        while block := await self.block():
            fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
            if fields:
                return Event(fields.get("event", ""), json.loads(fields["data"]))
        return None

    async def events(self) -> list[Event]:
        found: list[Event] = []
        while event := await self.event():
            found.append(event)
        return found

    @property
    def has_more(self) -> bool:
        """Something has been sent that was not read yet."""
        return b"\n\n" in self._buffer or not self._line.output_queue.empty()

    async def hang_up(self) -> None:
        if self._line.future.done():
            return
        await self._line.send_input({"type": "http.disconnect"})
        await self._line.wait(PATIENCE_SECONDS)

    async def ended(self) -> None:
        """The application has nothing left to do, either."""
        await self._line.wait(PATIENCE_SECONDS)

    async def end_server(self) -> None:
        """As a server that ends does it: the application is cancelled."""
        self._line.future.cancel()
        await asyncio.wait({self._line.future})

    async def _read(self) -> None:
        if self._line.future.done():
            message = self._line.output_queue.get_nowait()
        else:
            message = await self._line.receive_output(PATIENCE_SECONDS)
        self._buffer += message.get("body", b"")
        self._is_over = not message.get("more_body")
