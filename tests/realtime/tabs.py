"""One open page or bot, spoken to as a client does: frames in, frames out, over the real ASGI application."""

from __future__ import annotations

import asyncio
import json
import re
from collections import deque
from typing import Any, Self
from uuid import uuid4

from asgiref.testing import ApplicationCommunicator
from channels.testing import WebsocketCommunicator

from chatsite.asgi import application

HTML, JSON = "chat.html.v1", "chat.json.v1"
PATIENCE_SECONDS = 20  # a busy machine is slow, not wrong

Frame = dict[str, Any]


class Closed(Exception):
    """The server closed the socket; the code says why."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code)
        self.code, self.reason = code, reason


class Communicator(WebsocketCommunicator):
    """Without Channels' patch that keeps database connections open: each would take one from the pool, for ever."""

    send_input = ApplicationCommunicator.send_input
    receive_output = ApplicationCommunicator.receive_output


class Tab:
    def __init__(self, room: str, headers: dict[str, str], dialect: str | None) -> None:
        raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        self.socket = Communicator(
            application, f"/ws/rooms/{room}/", headers=raw, subprotocols=[dialect] if dialect else []
        )
        self.seen: list[Frame] = []
        self.subprotocol: str | None = None

    async def open(self) -> Self:
        accepted, answer = await self.socket.connect(timeout=PATIENCE_SECONDS)
        assert accepted, f"refused: {answer}"
        self.subprotocol = str(answer) if answer else None
        return self

    async def say(self, text: str, **fields: Any) -> str:
        client_id = fields.setdefault("client_id", str(uuid4()))
        await self.send(type="message.send", text=text, **fields)
        return str(client_id)

    async def send(self, **command: Any) -> None:
        await self.socket.send_to(text_data=json.dumps(command))

    async def next(self) -> Frame:
        """The next frame, whatever it is; HTML frames as ``{"type", "html", …attributes}``.

        :raises Closed:
        """
        message = await self.socket.receive_output(PATIENCE_SECONDS)
        if message["type"] == "websocket.close":
            raise Closed(message.get("code", 1000), message.get("reason", ""))
        frame = read(message["text"])
        self.seen.append(frame)
        return frame

    async def until(self, kind: str, **facts: Any) -> Frame:
        """Read on to a frame of this type with these facts."""
        while True:
            frame = await self.next()
            if frame["type"] == kind and all(frame.get(name) == value for name, value in facts.items()):
                return frame

    async def until_closed(self) -> Closed:
        try:
            while True:
                await self.next()
        except Closed as closed:
            return closed

    async def sync(self, since: int) -> list[Frame]:
        """What the answer to a ``sync`` brings, up to and with its end."""
        await self.send(type="sync", since=since)
        frames: list[Frame] = []
        while not frames or frames[-1]["type"] not in ("synced", "resync"):
            frames.append(await self.next())
        return frames

    async def reply_text(self, message: int) -> str:
        """Follow a reply to its end, as the contract tells a client to, and return the text that was shown.

        What was read of it before counts, but for an earlier attempt that has ended.
        """
        text, sequence, heard = "", 0, self._heard_of(message)
        while True:
            frame = heard.popleft() if heard else await self.next()
            if frame.get("message") != message:
                continue
            if frame["type"] == "token":
                assert frame["sequence"] == sequence + 1, "a token skipped a number"
                text, sequence = text + frame["content"], frame["sequence"]
            elif frame.get("action") == "start":
                text, sequence = frame["data"]["content"], frame["data"]["sequence"]
            elif frame.get("action") in ("end", "error"):
                return text

    def _heard_of(self, message: int) -> deque[Frame]:
        heard: deque[Frame] = deque()
        for frame in self.seen:
            heard.append(frame)
            if frame.get("message") == message and frame.get("action") in ("end", "error"):
                heard.clear()
        return heard

    async def silence(self, seconds: float = 0.2) -> None:
        """Nothing more comes."""
        assert await self.socket.receive_nothing(seconds), "something came"

    async def close(self) -> None:
        """A line that a test waited on in vain was cut by that: what else the test opened is closed all the same."""
        if not self.socket.future.done():
            await self.socket.disconnect()


def read(text: str) -> Frame:
    if not text.startswith("<"):
        return dict(json.loads(text))
    head = re.match(r"<chat-frame ([^>]*)>", text)
    assert head, text[:200]
    attributes = dict(re.findall(r'([a-z-]+)="([^"]*)"', head[1]))
    return {**attributes, "html": text}


async def settle() -> None:
    """Let what is under way in the loop arrive."""
    await asyncio.sleep(0.05)


async def ask(tab: Tab, text: str = "@helper count") -> int:
    """The id of the reply, queued."""
    await tab.say(text)
    while True:
        frame = await tab.until("message.created")
        if frame["message"]["author"]["kind"] == "assistant":
            assert frame["message"]["status"] == "queued"
            return int(frame["message"]["id"])


def thoughts_of(frames: list[Frame]) -> str:
    """As a client puts them together."""
    text = ""
    is_anew = True
    for frame in frames:
        if frame.get("action") == "start":
            is_anew = True
        elif frame["type"] == "reasoning":
            text = frame["content"] if is_anew else text + frame["content"]
            is_anew = False
    return text
