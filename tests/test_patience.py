"""Whoever says what they want a byte at a time, and never ends."""

from __future__ import annotations

from chatsite.patience import PatientChannel  # isort: skip - it chooses Twisted's reactor

from collections.abc import Iterator
from typing import Any

import pytest
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.web.http import Request

HEAD = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n"


class Counted(Request):
    length = 0

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802 - twisted's
        self.length += len(data)

    def process(self) -> None:
        """It is answered later."""


def new_channel() -> Any:
    return PatientChannel()


class Line:
    def __init__(self) -> None:
        self.clock, self.transport = Clock(), StringTransport()
        self.channel = new_channel()
        self.channel.callLater, self.channel.seconds = self.clock.callLater, self.clock.seconds
        self.channel.timeOut, self.channel.requestFactory = 60, Counted
        self.channel.makeConnection(self.transport)

    def trickle(self, piece: bytes, seconds: int) -> int:
        """A piece every ten seconds: after how many they are let go; at most so many."""
        for passed in range(0, seconds, 10):
            if self.transport.disconnecting:
                return passed
            self.channel.dataReceived(piece)
            self.clock.advance(10)
        return seconds


@pytest.fixture
def line() -> Iterator[Line]:
    line = Line()
    yield line
    line.channel.connectionLost(Failure(ConnectionDone()))  # it forgets what came


@pytest.mark.parametrize("begun", [b"GET / HTTP/1.1\r\nX-A: ", b"", b"GET /"])
def test_a_head_has_a_minute(line: Line, begun: bytes):
    line.channel.dataReceived(begun)

    assert line.trickle(b"a", 600) == 60


@pytest.mark.parametrize("head", [b"GET /?q=" + b"a" * 20_000, b"GET / HTTP/1.1\r\nX-A: " + b"a" * 20_000])
@pytest.mark.parametrize("end", [b"", b" HTTP/1.1\r\nHost: localhost\r\n\r\n"])
def test_a_line_of_the_head_that_is_too_long_is_refused(line: Line, head: bytes, end: bytes):
    line.channel.dataReceived(head + end)

    assert line.transport.value().startswith(b"HTTP/1.1 400 ")
    assert line.transport.disconnecting


def test_a_body_that_comes_by_single_bytes_is_not_waited_for(line: Line):
    line.channel.dataReceived(HEAD)

    assert line.trickle(b"a", 600) <= 120


def test_each_body_on_a_slow_line_is(line: Line):
    for _ in range(2):
        line.channel.dataReceived(HEAD.replace(b"1000000", b"720000"))

        assert line.trickle(bytes(12_000), 600) == 600
        line.channel.requests[0].finish()


def test_nobody_is_hurried_who_waits_for_an_answer(line: Line):
    line.channel.dataReceived(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")

    line.clock.advance(3600)

    assert not line.transport.disconnecting
