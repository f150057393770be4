"""A room in two browsers, before two processes of one site, and what befalls them, drawn from a seed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any

import httpx
import redis.asyncio
from playwright.async_api import Page, expect

from tests.e2e.conftest import PATIENCE_MS, say, send_form
from tests.e2e.proxy import Proxy
from tests.servers.redis import Redis
from tests.site import Site

RUNNING = ("queued", "streaming")
REFUSED = (403, 404, 409)  # what cannot be done to this message, or not just now
QUESTIONS = ("tell me something long", "show me a table", "some code", "a list", "hello")


@dataclass(frozen=True, slots=True)
class Broker:
    server: Redis

    async def flush(self) -> None:
        async with redis.asyncio.from_url(self.server.url) as client:
            await client.flushall()
            await client.client_kill_filter(_type="pubsub")


@dataclass
class Life:
    """Ana's line goes through the proxy to the process that is killed; Ben's straight to the other one."""

    seed: int
    ana: Page
    ben: Page
    proxy: Proxy
    site: Site
    broker: Broker
    room: str
    bots: dict[str, httpx.AsyncClient]
    log: list[str] = field(default_factory=list)
    typed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        self.numbers = count(1)
        self.bag: list[Callable[[], Awaitable[None]]] = []

    async def live(self) -> None:
        """Every trouble once, and what people do about three dozen times, in an order of the seed's."""
        troubles = [self.dead, self.ended, self.frozen, self.offline, self.cut, self.forgetful, self.gone]
        for trouble in self.random.sample(troubles, len(troubles)):
            await self.do_some()
            self.log.append(f"{trouble.__name__} {{")
            async with trouble():
                await self.do_some()
            self.log.append("}")

    async def do_some(self) -> None:
        for _ in range(self.random.randint(1, 4)):
            self.bag = self.bag or self.fresh_bag()
            act = self.bag.pop()
            self.log.append(act.__name__)
            await act()
            await asyncio.sleep(self.random.random() / 2)

    def fresh_bag(self) -> list[Callable[[], Awaitable[None]]]:
        rarely = [self.delete, self.answer, self.send_file, self.stop, self.retry, self.go_on, self.ask_again]
        often = [self.post, self.type, self.ask, self.edit, self.react]
        acts = [*rarely, self.change_topic, *often, *often]
        return self.random.sample(acts, len(acts))

    # --- what people do ---

    async def post(self, **fields: int) -> None:
        await self.call("POST", f"rooms/{self.room}/messages", json={"text": f"said *{next(self.numbers)}*", **fields})

    async def answer(self) -> None:
        if message := await self.some(lambda message: True):
            await self.post(reply_to=message["id"])

    async def type(self) -> None:
        self.typed.append(f"typed {next(self.numbers)}")
        await say(self.ana, self.typed[-1])

    async def ask(self) -> None:
        question = f"@demo {self.random.choice(QUESTIONS)}"
        await self.call("POST", f"rooms/{self.room}/messages", json={"text": question})

    async def send_file(self) -> None:
        files = {"files": ("notes <&>.txt", b"to be noted", "text/plain")}
        await self.call("POST", f"rooms/{self.room}/messages", data={"text": "look"}, files=files)

    async def edit(self) -> None:
        if message := await self.some(lambda message: message["author"]["kind"] != "assistant"):
            text = f"changed *{next(self.numbers)}*"
            self.typed = [typed for typed in self.typed if typed != message["text"]]
            await self.call("PATCH", f"messages/{message['id']}", by=message["author"]["name"], json={"text": text})

    async def delete(self) -> None:
        if message := await self.some(lambda message: True):
            self.typed = [typed for typed in self.typed if typed != message["text"]]
            is_anas = message["author"]["name"] == "ana"
            await self.call("DELETE", f"messages/{message['id']}", by="ana" if is_anas else "ben")

    async def react(self) -> None:
        if message := await self.some(lambda message: message.get("status") not in RUNNING):
            await send_form(self.ben, f"/messages/{message['id']}/react/", emoji=self.random.choice("👍🎉👀"))

    async def stop(self) -> None:
        await self.steer("stop", *RUNNING)

    async def retry(self) -> None:
        await self.steer("retry", "stopped", "failed", "interrupted")

    async def go_on(self) -> None:
        await self.steer("continue", "stopped", "interrupted")

    async def ask_again(self) -> None:
        if message := await self.some(lambda message: "@demo" in message.get("text", "")):
            await self.call("POST", f"messages/{message['id']}/again")

    async def change_topic(self) -> None:
        topic = f"<{next(self.numbers)}> & all that"
        await send_form(
            self.ben, f"/rooms/{self.room}/settings", do="change", name="Lived in", kind="public", topic=topic
        )

    async def steer(self, how: str, *statuses: str) -> None:
        if message := await self.some(lambda message: message.get("status") in statuses):
            await self.call("POST", f"messages/{message['id']}/{how}")

    async def some(self, is_wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any] | None:
        found = [message for message in await self.messages() if not message.get("deleted_at") and is_wanted(message)]
        return self.random.choice(found) if found else None

    async def messages(self) -> list[dict[str, Any]]:
        answer = await self.call("GET", f"rooms/{self.room}/messages?limit=500")
        return list(answer.json()["messages"])

    async def told(self, texts: list[str]) -> list[str]:
        """Those of them that the room says, in its order."""
        return [message["text"] for message in await self.messages() if message.get("text") in texts]

    async def call(self, method: str, path: str, by: str = "ben", **said: Any) -> httpx.Response:
        answer = await self.bots[by].request(method, f"/api/{path}", **said)
        assert answer.is_success or answer.status_code in REFUSED, (method, path, answer.status_code, answer.text)
        return answer

    async def come_to_rest(self) -> None:
        await expect(self.ana.locator("message-outbox .message")).to_have_count(0)
        until = time.monotonic() + PATIENCE_MS / 1000
        while any(message.get("status") in RUNNING for message in await self.messages()):
            assert time.monotonic() < until, "a reply does not end"
            await asyncio.sleep(0.5)

    # --- what befalls them ---

    @asynccontextmanager
    async def dead(self) -> AsyncIterator[None]:
        self.site.kill()
        yield
        await asyncio.to_thread(self.site.start)

    @asynccontextmanager
    async def ended(self) -> AsyncIterator[None]:
        await asyncio.to_thread(self.site.stop)
        yield
        await asyncio.to_thread(self.site.start)

    @asynccontextmanager
    async def frozen(self) -> AsyncIterator[None]:
        self.proxy.freeze()
        yield
        self.proxy.thaw()

    @asynccontextmanager
    async def offline(self) -> AsyncIterator[None]:
        await self.ana.context.set_offline(True)
        yield
        await self.ana.context.set_offline(False)

    @asynccontextmanager
    async def cut(self) -> AsyncIterator[None]:
        self.proxy.cut()
        yield
        self.proxy.cut()

    @asynccontextmanager
    async def forgetful(self) -> AsyncIterator[None]:
        """The broker loses all it keeps, and whoever listened, twice."""
        await self.broker.flush()
        yield
        await self.broker.flush()

    @asynccontextmanager
    async def gone(self) -> AsyncIterator[None]:
        await asyncio.to_thread(self.broker.server.stop)
        yield
        await asyncio.to_thread(self.broker.server.start)
