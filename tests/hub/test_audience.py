"""Those in a room who are told in the same words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from chat.access import Ticket
from chat.frames import Frame
from chat.hub.audience import Audience
from chat.hub.joining import Said
from chat.hub.socket import Socket, Writer
from tests.hub.noting import NotingWriter

ANA, BEN = 7, 8
SAID = Said((Frame("1", "<1>"), Frame("2", "<2>")))
OF_ANA = Said((Frame("hers", "<hers>"),), author=ANA, own=Frame("own", "<own>"))


def ours(user_id: int, writer: Writer | None = None, *, is_html: bool = False) -> tuple[Socket, list[list[str]]]:
    """As our own server serves it, and what it wrote."""
    noting = NotingWriter()
    return socket_of(user_id, writer=writer or noting, is_html=is_html), noting.writes


def socket_of(user_id: int, send: Any = None, **options: Any) -> Socket:
    return Socket(send, _close, ticket=Ticket(user_id, 1), name="x", **{"is_html": False, **options})


def other(user_id: int) -> tuple[Socket, list[str]]:
    """As another server does, a message at a time."""
    sent: list[str] = []

    async def send(message: Mapping[str, Any]) -> None:
        sent.append(message["text"])

    return socket_of(user_id, send), sent


async def _close(_: int) -> None:
    raise AssertionError("nobody is let go")


def audience_of(*sockets: Socket, is_html: bool = False) -> Audience:
    audience = Audience(is_html=is_html)
    for socket in sockets:
        audience.join(socket)
    return audience


def test_all_are_told_whatever_serves_them_and_it_is_counted() -> None:
    (ana, written), (ben, sent) = ours(ANA), other(BEN)

    assert audience_of(ana, ben).tell([SAID]) == 4
    assert (written, sent) == ([["1", "2"]], ["1", "2"])


@pytest.mark.parametrize("is_html", [True, False])
def test_authors_hear_what_is_theirs_in_the_same_order(is_html: bool) -> None:
    (ana, hers), (ben, his) = ours(ANA, is_html=is_html), ours(BEN, is_html=is_html)

    assert audience_of(ana, ben, is_html=is_html).tell([SAID, OF_ANA]) == 6
    shown = [["<1>", "<2>", "<own>"], ["<1>", "<2>", "<hers>"]] if is_html else [["1", "2", "own"], ["1", "2", "hers"]]
    assert [*hers, *his] == shown


def test_an_author_for_whom_there_is_nothing_is_not_written_to() -> None:
    (ana, hers), (ben, his) = ours(ANA), ours(BEN)

    assert audience_of(ana, ben).tell([Said((Frame("typing"),), author=ANA, is_passing=True)]) == 1
    assert (hers, his) == ([], [["typing"]])


def test_who_leaves_is_told_no_more() -> None:
    (ana, hers), (ben, his), (eve, sent) = ours(ANA), ours(BEN), other(9)
    audience = audience_of(ana, ben, eve)

    audience.leave(ana)
    audience.leave(eve)
    audience.tell([SAID])

    assert (len(audience), list(audience), hers, his, sent) == (1, [ben], [], [["1", "2"]], [])


def test_whoever_is_found_to_be_gone_may_leave_meanwhile() -> None:
    audience = Audience(is_html=False)

    class Leaving(NotingWriter):
        @staticmethod
        def write_all(writers: Sequence[Writer], texts: Sequence[str], *, is_passing: bool = False) -> None:
            for socket in list(audience):
                audience.leave(socket)
            NotingWriter.write_all(writers, texts, is_passing=is_passing)

    first, second = Leaving(), Leaving()
    for writer in (first, second):
        audience.join(ours(ANA, writer)[0])

    audience.tell([SAID])

    assert (first.writes, second.writes, len(audience)) == ([["1", "2"]], [["1", "2"]], 0)
