"""What an open socket says of itself, and what is said of all."""

from __future__ import annotations

from chatsite.opened import FORGOTTEN, USUAL, of_its_own
from chatsite.protocol import ChatProtocol


def test_what_is_as_usual_takes_no_place_and_is_read_all_the_same() -> None:
    socket = ChatProtocol()
    socket.__dict__ |= dict(USUAL)

    socket.__dict__ = of_its_own(socket.__dict__)

    assert not USUAL.keys() & socket.__dict__.keys()
    assert {name: getattr(socket, name) for name in USUAL} == USUAL


def test_what_is_not_as_usual_is_kept() -> None:
    kept = of_its_own({"writer": 1, "remoteCloseCode": 1001, "data": b"half a frame", "triggered": False})

    assert kept == {"writer": 1, "remoteCloseCode": 1001, "data": b"half a frame"}


def test_what_only_the_handshake_needed_is_forgotten_whatever_it_is() -> None:
    assert of_its_own(dict.fromkeys(FORGOTTEN, "something")) == {}
