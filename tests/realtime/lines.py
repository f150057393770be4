"""The three ways to a room's events, for a client that reads them: a socket, an event stream, and asking."""

from __future__ import annotations

import json
from dataclasses import dataclass

from tests.realtime.asking import Exchange
from tests.realtime.reading import Reading
from tests.realtime.tabs import HTML, JSON, Tab, read

Headers = dict[str, str]


@dataclass(slots=True)
class SocketLine:
    room: str
    headers: Headers
    is_html: bool
    reading: Reading
    tab: Tab | None = None

    async def hear(self) -> None:
        """What has come by now."""
        while self.tab and not self.tab.socket.output_queue.empty():
            self.reading.apply(await self.tab.next())

    async def cut(self) -> None:
        """Whatever was not heard yet is lost."""
        if self.tab:
            await self.tab.close()
        self.tab = None

    async def sync(self) -> None:
        if self.tab is None:
            self.tab = await Tab(self.room, self.headers, HTML if self.is_html else JSON).open()
        await self.tab.send(type="sync", since=self.reading.revision)
        while (frame := await self.tab.next())["type"] != "synced":
            self.reading.apply(frame)
        self.reading.apply(frame)


@dataclass(slots=True)
class StreamLine:
    room: str
    headers: Headers
    is_html: bool
    reading: Reading
    stream: Exchange | None = None

    async def hear(self) -> None:
        while self.stream and self.stream.has_more:
            await self._next()

    async def cut(self) -> None:
        if self.stream:
            await self.stream.hang_up()
        self.stream = None

    async def sync(self) -> None:
        """Nothing can be said on a stream: it begins anew after the last event."""
        await self.cut()
        headers = {**self.headers, "Last-Event-ID": str(self.reading.revision)}
        query = "format=html" if self.is_html else ""
        self.stream = await Exchange(f"/rooms/{self.room}/events/", headers, method="GET", query=query).ask()
        assert self.stream.status == 200
        while await self._next() != "synced":
            pass

    async def _next(self) -> str:
        assert self.stream is not None
        block = await self.stream.block()
        assert block, "the stream ended"
        fields = [line.partition(": ") for line in block.split("\n")]
        if data := "\n".join(value for name, _, value in fields if name == "data"):
            frame = read(data)
            self.reading.apply(frame)
            return str(frame["type"])
        return ""


@dataclass(slots=True)
class AskingLine:
    room: str
    headers: Headers
    reading: Reading

    async def hear(self) -> None:
        """Nothing comes unasked."""

    async def cut(self) -> None:
        """There is no line."""

    async def sync(self) -> None:
        answer = await fetch(
            f"/rooms/{self.room}/messages/", {**self.headers, "Accept": "application/json"},
            f"since={self.reading.revision}",
        )  # fmt: skip
        for text in json.loads(answer)["frames"]:
            self.reading.apply(read(text))


Line = SocketLine | StreamLine | AskingLine


async def fetch(path: str, headers: Headers, query: str = "") -> str:
    line = await Exchange(path, headers, method="GET", query=query).ask()
    body = (await line.body()).decode()
    await line.ended()
    assert line.status == 200, (line.status, body[:500])
    return body
