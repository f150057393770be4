"""A steady load of real clients: they post, edit, delete and ask, and send again whatever was not acknowledged."""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any, Self

from websockets.exceptions import WebSocketException

from tests.chaos.bots import Bot
from tests.site import Site

POSTS_PER_SECOND = 10
STREAMING = 3
ANSWER_SECONDS = 10.0  # as message-courier.js: without an answer
AGAIN_SECONDS = 1.0  # after a refusal that passes
TICK_SECONDS = 1.0
TERMINAL = frozenset({"complete", "stopped", "failed", "interrupted"})
PASSING = frozenset({"unavailable", "rate_limited"})  # what an outbox goes on after
MISSED = frozenset({*PASSING, "internal", "not_found"})  # an edit or a deletion is said once


class Client(Bot):
    """Notices a dead line by its own pings; what is not acknowledged goes again, under the same client id."""

    patience = 3.0

    def __init__(self, site: Site, token: str, room: str = "general") -> None:
        super().__init__(site, token, room)
        self.acknowledged: dict[str, int] = {}  # client id: message
        self.errors: list[str] = []
        self.resent = 0
        self._due_at: dict[str, float] = {}

    async def say(self, text: str) -> None:
        client_id = self.keep(text)
        self._due_at[client_id] = time.monotonic() + ANSWER_SECONDS  # first: a line that is stuck holds up the sending
        await self._send(type="message.send", text=text, client_id=client_id)

    @property
    def is_down(self) -> bool:
        return self._socket is None

    async def send_again(self) -> None:
        now = time.monotonic()
        for client_id, text in list(self.outbox.items()):
            if now >= self._due_at[client_id]:
                self._due_at[client_id] = now + ANSWER_SECONDS
                self.resent += 1
                await self._send(type="message.send", text=text, client_id=client_id)

    def statuses(self) -> dict[int, str]:
        replies = (
            message for message in self.messages.values() if message.get("author", {}).get("kind") == "assistant"
        )
        return {message["id"]: message["status"] for message in replies}

    def _apply(self, frame: dict[str, Any]) -> None:
        if frame["type"] == "error":
            self._refused(frame)
            return
        if frame["type"] == "message.created" and frame.get("client_id") in self.outbox:
            self.acknowledged[frame["client_id"]] = frame["message"]["id"]
        super()._apply(frame)

    def _refused(self, frame: dict[str, Any]) -> None:
        self.errors.append(frame["code"])
        client_id = frame.get("client_id")
        assert frame["code"] in (PASSING if client_id else MISSED), frame
        if client_id in self.outbox:
            self._due_at[client_id] = time.monotonic() + frame.get("retry_after", AGAIN_SECONDS)


class Crowd:
    """So many clients over these sites; ``async with`` opens them all, and keeps them at it until ``rest``."""

    def __init__(self, ports: Sequence[Any], tokens: Sequence[str], size: int, room: str = "general") -> None:
        places = zip(itertools.cycle(ports), itertools.cycle(tokens), strict=False)
        self.clients = [Client(site, token, room) for site, token in itertools.islice(places, size)]
        self.said: dict[str, float] = {}  # text: when
        self._dice = random.Random(4)
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        await asyncio.gather(*(client.__aenter__() for client in self.clients))
        for work in (self._post, self._change, self._ask, self._send_again):
            self._tasks.append(asyncio.create_task(self._keep(work)))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.rest()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*(client.__aexit__() for client in self.clients), *self._tasks, return_exceptions=True)

    async def warmed_up(self, seconds: float) -> None:
        """Everybody has heard of a reply: whoever writes and whoever tells has all in memory that this takes."""
        await until(lambda: all(client.running for client in self.clients), seconds, lambda: "no reply has begun")

    async def rest(self) -> None:
        """Nothing new is said; what was is still sent until it is acknowledged."""
        for task in self._tasks[:3]:
            task.cancel()

    async def everybody_has(self, said: set[str], seconds: float) -> None:
        """:raises TimeoutError: naming how many of them are missing, and to how many clients."""

        def missing() -> dict[int, int]:
            counts = {number: len(said - set(client.texts())) for number, client in enumerate(self.clients)}
            return {number: count for number, count in counts.items() if count}

        await until(lambda: not missing(), seconds, missing)

    @property
    def resent(self) -> int:
        return sum(client.resent for client in self.clients)

    async def _keep(self, work: Callable[[], Coroutine[Any, Any, float]]) -> None:
        while True:
            with suppress(WebSocketException, OSError):
                await asyncio.sleep(await work())

    async def _post(self) -> float:
        text = f"said {len(self.said) + 1}"
        self.said[text] = time.monotonic()
        await self._dice.choice(self.clients).say(text)
        return 1 / POSTS_PER_SECOND

    async def _change(self) -> float:
        """Of what was asked of nobody and said long enough ago that it is not looked for any more."""
        client = self._dice.choice(self.clients)
        mine = [key for key in client.acknowledged.values() if "text" in client.messages.get(key, {})]
        for message in mine[-20:-15]:
            kind = self._dice.choice(["message.edit", "message.edit", "message.delete"])
            text = {"text": f"edited {client.messages[message]['text']}"} if kind == "message.edit" else {}
            if client.messages[message]["text"].startswith("extra"):
                await client.command(type=kind, id=message, **text)
        await client.say(f"extra {self._dice.random()}")
        return 0.5

    async def _ask(self) -> float:
        watching = self.clients[0]
        running = sum(status not in TERMINAL for status in watching.statuses().values())
        if running < STREAMING:
            await self._dice.choice(self.clients).say(f"@helper {self._dice.random()}")
        return 0.7

    async def _send_again(self) -> float:
        for client in self.clients:
            await client.send_again()
        return TICK_SECONDS


async def until(condition: Callable[[], bool], seconds: float, what: Callable[[], object]) -> None:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"after {seconds} s still {what()}")
        await asyncio.sleep(0.1)
