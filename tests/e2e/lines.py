"""Lines between a page and its server on which something goes wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from playwright.async_api import Page, WebSocketRoute

from tests.e2e.conftest import becomes


@dataclass
class Gate:
    """While it is shut, sent messages wait before it."""

    is_shut: bool = True
    waiting: list[tuple[WebSocketRoute, str | bytes]] = field(default_factory=list)

    def connect(self, line: WebSocketRoute) -> None:
        server = line.connect_to_server()
        line.on_message(lambda frame: self.pass_on(server, frame))

    def pass_on(self, server: WebSocketRoute, frame: str | bytes) -> None:
        if self.is_shut and "message.send" in str(frame):
            self.waiting.append((server, frame))
        else:
            server.send(frame)

    def open(self) -> None:
        self.is_shut = False
        for server, frame in self.waiting:
            server.send(frame)


def cut_while(is_cut: list[bool]) -> Callable[[WebSocketRoute], Any]:
    async def connect(line: WebSocketRoute) -> None:
        if is_cut[0]:
            await line.close(code=1012)
        else:
            line.connect_to_server()

    return connect


def counting(sends: list[str], is_cut: list[bool]) -> Callable[[WebSocketRoute], Any]:
    async def connect(line: WebSocketRoute) -> None:
        if is_cut[0]:
            await line.close(code=1012)
            return
        server = line.connect_to_server()

        def pass_on(frame: str | bytes) -> None:
            if "message.send" in str(frame):
                sends.append(str(frame))
            server.send(frame)

        line.on_message(pass_on)

    return connect


def dying_of(word: str, attempts: list[str], code: int = 1011) -> Callable[[WebSocketRoute], None]:
    """A line that breaks whenever this word is sent on it."""

    def connect(line: WebSocketRoute) -> None:
        server = line.connect_to_server()

        async def pass_on(frame: str | bytes) -> None:
            if word in str(frame):
                attempts.append(str(frame))
                await line.close(code=code)
            else:
                server.send(frame)

        line.on_message(pass_on)

    return connect


def refusing(texts: list[str], may_go: asyncio.Event | None = None) -> Callable[[WebSocketRoute], None]:
    """What is sent waits until it may go, if it has to."""

    def connect(line: WebSocketRoute) -> None:
        server = line.connect_to_server()

        async def pass_on(frame: str | bytes) -> None:
            if may_go and "message.send" in str(frame):
                await may_go.wait()
            said = next((text for text in texts if f'"{text}"' in str(frame)), None)
            if said is None:
                server.send(frame)
                return
            client_id = str(frame).split('"client_id":"')[1].split('"')[0]
            line.send(f'{{"type":"error","code":"invalid","detail":"Not this.","client_id":"{client_id}"}}')

        line.on_message(pass_on)

    return connect


def losing_every(nth: int) -> Callable[[WebSocketRoute], None]:
    """Live fragments, as a broker loses them. What the page asks for and is answered comes through."""

    def connect(line: WebSocketRoute) -> None:
        server, number, asked = line.connect_to_server(), count(1), [True]

        def ask(frame: str | bytes) -> None:
            asked[0] = asked[0] or '"sync"' in str(frame)
            server.send(frame)

        def answer(frame: str | bytes) -> None:
            asked[0] = asked[0] and '"synced"' not in str(frame)
            if asked[0] or not str(frame).startswith("<") or next(number) % nth:
                line.send(frame)

        line.on_message(ask)
        server.on_message(answer)

    return connect


def kept_in(lines: list[WebSocketRoute], is_cut: Sequence[bool] = (False,)) -> Callable[[WebSocketRoute], Any]:
    async def connect(line: WebSocketRoute) -> None:
        if is_cut[0]:
            await line.close(code=1012)
            return
        line.connect_to_server()
        lines.append(line)

    return connect


def unanswered(is_away: Sequence[bool]) -> Callable[[WebSocketRoute], None]:
    """What is missing cannot be said while the database is away, and nothing else is told."""

    def connect(line: WebSocketRoute) -> None:
        server = line.connect_to_server()

        def ask(frame: str | bytes) -> None:
            if is_away[0] and '"sync"' in str(frame):
                line.send('{"type":"error","code":"unavailable","detail":"The database does not answer."}')
            else:
                server.send(frame)

        def tell(frame: str | bytes) -> None:
            if '"welcome"' in str(frame) or not is_away[0]:
                line.send(frame)

        line.on_message(ask)
        server.on_message(tell)

    return connect


@asynccontextmanager
async def tried_by_hand_only(page: Page) -> AsyncIterator[None]:
    """A page without a line gets none by itself: its clock, installed before it came, stands still meanwhile."""
    await page.wait_for_selector("connection-light button")
    await page.clock.pause_at(await page.evaluate("Date.now() / 1000 + 1"))
    await becomes(lambda: page.evaluate("document.querySelector('chat-live').line === null"), True)
    yield
    await page.clock.resume()
