"""The same words to many sockets, straight to the kernel: what one of them does is nobody else's concern."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from chatsite.writer import Writer, text_frame

TEXTS = ("hello", "there")
FRAMES = b"".join(map(text_frame, TEXTS))


class Transport:
    """Of Twisted: it keeps what the kernel does not take."""

    def __init__(self) -> None:
        self.socket, self.peer = socket.socketpair()
        self.socket.setblocking(False)
        self.kept = b""
        self.has_lost_its_line = self.is_aborted = False

    def write(self, data: bytes) -> None:
        if self.has_lost_its_line:
            raise RuntimeError("the handler is closed")  # uvloop's
        self.kept += data

    def abortConnection(self) -> None:  # noqa: N802 - twisted's
        self.is_aborted = True


class Line:
    """As much of a protocol as a writer sees."""

    STATE_OPEN = 3

    def __init__(self) -> None:
        self.state = self.STATE_OPEN
        self.is_plain = True
        self.transport = Transport()
        self.writer = Writer(self)  # type: ignore[arg-type]

    @property
    def waiting_bytes(self) -> int:
        return len(self.transport.kept)

    @property
    def is_idle(self) -> bool:
        return not self.transport.kept

    def fill(self) -> int:
        """Until the kernel takes no more."""
        filled = 0
        while True:
            try:
                filled += self.transport.socket.send(bytes(4096))
            except BlockingIOError:
                return filled

    def read(self, size: int = 65536) -> bytes:
        return self.transport.peer.recv(size)


@pytest.fixture
def lines() -> Iterator[list[Line]]:
    lines = [Line() for _ in range(3)]
    yield lines
    for line in lines:
        line.transport.socket.close()
        line.transport.peer.close()


def write(lines: list[Line], **options: Any) -> None:
    Writer.write_all([line.writer for line in lines], TEXTS, **options)


def test_each_gets_all_of_it_in_one_write(lines: list[Line]) -> None:
    write(lines)
    write(lines)

    assert [line.read() for line in lines] == [FRAMES * 2] * 3
    assert [line.transport.kept for line in lines] == [b""] * 3


def test_one_whose_peer_is_gone_is_left_to_twisted_and_the_others_hear_it(lines: list[Line]) -> None:
    write(lines)
    lines[0].transport.peer.close()

    write(lines)

    assert lines[0].transport.kept == FRAMES
    assert [line.read() for line in lines[1:]] == [FRAMES * 2] * 2


@pytest.mark.parametrize("is_idle", [True, False])
def test_one_that_cannot_even_wait_is_given_up_and_the_others_hear_it(lines: list[Line], *, is_idle: bool) -> None:
    lost = lines[0]
    if is_idle:
        lost.transport.peer.close()
    else:
        lost.transport.kept = b"before"
    lost.transport.has_lost_its_line = True

    write(lines)

    assert lost.transport.is_aborted
    assert [line.read() for line in lines[1:]] == [FRAMES] * 2


def test_nothing_overtakes_what_the_kernel_did_not_take(lines: list[Line]) -> None:
    write(lines)
    full = lines[1]
    filled = full.fill()

    write(lines)
    write(lines)

    assert full.transport.kept == FRAMES * 2
    assert len(full.transport.peer.recv(len(FRAMES) + filled, socket.MSG_WAITALL)) == len(FRAMES) + filled
    write(lines)
    assert full.transport.kept == FRAMES * 3  # though there is room again: what is kept has not left yet
    full.transport.kept = b""
    write(lines)
    assert (full.read(), full.transport.kept) == (FRAMES, b"")


def test_who_is_let_go_is_not_written_to(lines: list[Line]) -> None:
    write(lines)
    lines[0].writer.let_go()
    lines[1].state = 0
    lines[1].writer.become_unclear()

    write(lines)

    assert [line.read() for line in lines] == [FRAMES, FRAMES, FRAMES * 2]
    assert (lines[0].writer.waiting(), lines[0].transport.kept, lines[1].transport.kept) == (0, b"", b"")


def test_what_passes_is_not_told_to_who_has_much_to_read(lines: list[Line]) -> None:
    lines[0].transport.kept = bytes(100_000)

    write(lines, is_passing=True)
    assert len(lines[0].transport.kept) == 100_000
    write(lines)
    assert lines[0].transport.kept == bytes(100_000) + FRAMES


def test_what_passes_is_told_to_who_has_little_to_read(lines: list[Line]) -> None:
    lines[1].transport.kept = bytes(100)

    write(lines[:2], is_passing=True)

    assert lines[0].read() == FRAMES
    assert lines[1].transport.kept == bytes(100) + FRAMES


@pytest.mark.parametrize(
    ("size", "head"),
    [
        (0, "8100"),
        (125, "817d"),
        (126, "817e007e"),
        (65_535, "817effff"),
        (65_536, "817f0000000000010000"),
    ],
)
def test_a_frame_says_its_length_in_as_few_bytes_as_it_may(size: int, head: str) -> None:
    """RFC 6455, 5.2: a reader that is told another length takes words for heads, and hangs up."""
    assert text_frame("x" * size) == bytes.fromhex(head) + b"x" * size


def test_a_length_is_counted_in_bytes() -> None:
    assert text_frame("é" * 63) == bytes.fromhex("817e007e") + "é".encode() * 63
