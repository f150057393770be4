"""A socket whose server suspends must hold up nobody, and lose nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from chat.access import Ticket
from chat.hub.socket import QUEUE_LIMIT, WAITING_LIMIT_BYTES, Socket
from tests.hub.noting import NotingWriter

TICKET = Ticket(user_id=1, room_id=1)


class Server:
    """An ASGI ``send``; while it is slow, each call waits."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.closed: list[int] = []
        self.is_fast = asyncio.Event()
        self.is_fast.set()

    async def send(self, message: Mapping[str, Any]) -> None:
        await self.is_fast.wait()
        self.sent.append(message["text"])

    async def close(self, code: int) -> None:
        self.closed.append(code)

    def socket(self) -> Socket:
        return Socket(self.send, self.close, ticket=TICKET, name="ana", is_html=False)


async def test_a_fast_server_is_served_without_a_turn_of_the_loop() -> None:
    server = Server()
    socket = server.socket()

    for number in range(3):
        socket.push([str(number)])

    assert server.sent == ["0", "1", "2"]


async def test_a_server_that_takes_several_frames_gets_them_in_one_go() -> None:
    server, writer = Server(), NotingWriter()
    socket = Socket(server.send, server.close, ticket=TICKET, name="ana", is_html=False, writer=writer)

    socket.push(["0", "1"])
    socket.push(["2"])

    assert (writer.writes, server.sent) == ([["0", "1"], ["2"]], [])


async def test_several_frames_are_sent_one_by_one_where_they_must() -> None:
    server = Server()

    server.socket().push(["0", "1", "2"])

    assert server.sent == ["0", "1", "2"]


async def test_a_slow_server_gets_everything_in_order_later() -> None:
    server = Server()
    socket = server.socket()
    server.is_fast.clear()

    for number in range(10):
        socket.push([str(number)])
    assert server.sent == []
    server.is_fast.set()
    await asyncio.sleep(0.01)
    socket.push(["10"])

    assert server.sent == [str(number) for number in range(11)]
    assert server.closed == []


@pytest.mark.parametrize(("text", "most"), [("x", QUEUE_LIMIT), ("x" * (WAITING_LIMIT_BYTES // 10), 11)])
async def test_a_reader_that_stops_reading_is_shown_out_once_and_told_no_more(text: str, most: int) -> None:
    server = Server()
    socket = server.socket()
    server.is_fast.clear()

    for _ in range(2 * most + 10):
        socket.push([text])
    await asyncio.sleep(0.01)

    assert server.closed == [1013]
    server.is_fast.set()
    await asyncio.sleep(0.01)
    assert server.sent == [text]


async def test_what_a_slow_reader_has_read_counts_no_more() -> None:
    server, turns = Server(), asyncio.Semaphore(0)

    async def send(message: Mapping[str, Any]) -> None:
        await turns.acquire()

    socket = Socket(send, server.close, ticket=TICKET, name="ana", is_html=False)
    socket.push(["first"])
    for _ in range(10):
        socket.push(["x" * (WAITING_LIMIT_BYTES // 2)])
        turns.release()
        await asyncio.sleep(0.01)

    assert server.closed == []


async def test_a_socket_that_is_gone_raises_nothing() -> None:
    async def broken(message: Mapping[str, Any]) -> None:
        raise ConnectionResetError

    async def broken_later(message: Mapping[str, Any]) -> None:
        await asyncio.sleep(0)
        raise ConnectionResetError

    for send in (broken, broken_later):
        socket = Socket(send, Server().close, ticket=TICKET, name="ana", is_html=False)
        socket.push(["x"])
        socket.push(["y"])
        await asyncio.sleep(0.01)
        socket.push(["z"])
        await asyncio.sleep(0.01)
