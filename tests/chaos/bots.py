"""A bot as the contract asks for: it syncs on every connect, applies by id and revision, resends until it is heard."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Self
from uuid import uuid4

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from tests.servers.nginx import Nginx
from tests.site import Site


class Bot:
    patience: float | None = None  # seconds after which an answer to a ping is missed

    def __init__(self, site: Site | Nginx, token: str, room: str = "general") -> None:
        self.site, self.token, self.room = site, token, room
        self.revision = 0
        self.has_synced = False
        self.connects = 0
        self.messages: dict[int, dict[str, Any]] = {}
        self.arrivals: list[int] = []  # ids, as often as `message.created` came live
        self.outbox: dict[str, str] = {}
        self.running: dict[int, tuple[int, int, str]] = {}  # message: attempt, sequence, text
        self.controls: list[dict[str, Any]] = []
        self.told: list[tuple[str, bool]] = []  # who came and who went
        self.hear_typing: Callable[[str], Any] = str
        self.changed = asyncio.Event()
        self._socket: ClientConnection | None = None
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run())
        await self.until(lambda: self._socket is not None and self.has_synced)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def say(self, text: str) -> None:
        await self._send(type="message.send", text=text, client_id=self.keep(text))

    def keep(self, text: str) -> str:
        """Until it is acknowledged; the id it goes by."""
        client_id = str(uuid4())
        self.outbox[client_id] = text
        return client_id

    async def command(self, **command: Any) -> None:
        await self._send(**command)

    async def until(self, condition: Any, seconds: float = 30) -> None:
        async with asyncio.timeout(seconds):
            while not condition():
                self.changed.clear()
                await self.changed.wait()

    def texts(self) -> list[str]:
        return [message["text"] for message in sorted(self.messages.values(), key=lambda m: m["sequence"])]

    def reply(self) -> dict[str, Any]:
        return next(message for message in self.messages.values() if message["author"]["kind"] == "assistant")

    async def _run(self) -> None:
        while True:
            with suppress(OSError, WebSocketException, TimeoutError):
                await self._live()
            self._socket = None
            await asyncio.sleep(0.1)

    async def _live(self) -> None:
        url = f"ws://127.0.0.1:{self.site.port}/ws/rooms/{self.room}/"
        headers = {"Authorization": f"Bearer {self.token}"}
        async with connect(
            url,
            subprotocols=["chat.json.v1"],  # type: ignore[list-item]
            additional_headers=headers,
            proxy=None,
            ping_interval=self.patience or 20,
            ping_timeout=self.patience or 20,
            close_timeout=1,
        ) as socket:
            self._socket = socket
            self.connects += 1
            await self._send(type="sync", since=self.revision)
            for client_id, text in list(self.outbox.items()):
                await self._send(type="message.send", text=text, client_id=client_id)
            async for raw in socket:
                self._apply(json.loads(raw))
                self.changed.set()

    async def _send(self, **command: Any) -> None:
        if self._socket is None:
            return
        with suppress(WebSocketException):  # it stays in the outbox, and goes again with the next connection
            await self._socket.send(json.dumps(command))

    def _apply(self, frame: dict[str, Any]) -> None:
        match frame["type"]:
            case "message.created" | "message.updated" | "message.deleted":
                self._keep(frame)
            case "synced":
                self.revision = max(self.revision, frame["revision"])
                self.has_synced = True
            case "token":
                self._grow(frame)
            case "control":
                self._control(frame)
            case "presence":
                self.told.append((frame["user"]["name"], frame["online"]))
            case "typing":
                self.hear_typing(frame["user"]["name"])
            case "error":
                raise AssertionError(frame)

    def _keep(self, frame: dict[str, Any]) -> None:
        self.revision = max(self.revision, frame["revision"])
        message = frame["message"]
        known = self.messages.get(message["id"], {"revision": 0})
        if frame["revision"] > known["revision"]:
            self.messages[message["id"]] = {**known, **message, "revision": frame["revision"]}
            if frame["type"] == "message.created":
                self.arrivals.append(message["id"])
        self.outbox.pop(frame.get("client_id", ""), None)

    def _grow(self, frame: dict[str, Any]) -> None:
        attempt, sequence, text = self.running.get(frame["message"], (0, 0, ""))
        if (frame["attempt"], frame["sequence"]) == (attempt, sequence + 1):
            self.running[frame["message"]] = attempt, sequence + 1, text + frame["content"]

    def _control(self, frame: dict[str, Any]) -> None:
        self.controls.append(frame)
        if frame["action"] == "start":
            data = frame["data"]
            self.running[frame["message"]] = frame["attempt"], data["sequence"], data["content"]
